package dev.entwine.model;

/** What a local transaction has to say in every site's journal. */
public sealed interface JournalNote permits Repair, Revision {}
