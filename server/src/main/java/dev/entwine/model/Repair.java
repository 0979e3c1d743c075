package dev.entwine.model;

/**
 * A row that was not the same at all sites was made so by the transaction: it is as it stands at the transaction's site. Such a change
 * gives way to any other that has not seen it.
 *
 * @param entry the journal entry that says so, as JSON
 */
public record Repair(String entry) implements JournalNote {}
