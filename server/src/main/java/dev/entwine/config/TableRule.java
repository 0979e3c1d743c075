package dev.entwine.config;

/**
 * What holds for the tables that a pattern matches.
 *
 * @param where file, line and column of the rule, for messages
 */
public record TableRule(TablePattern match, ConflictPolicy onConflict, String where) {}
