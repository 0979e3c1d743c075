package dev.entwine.merge;

/**
 * What the target says of an apply transaction that has committed. Numbers of transactions have 32 bits and wrap around.
 *
 * @param transaction its number
 * @param horizon     every transaction with a lesser number had ended by then, so that its commit, if it did, stands before this one in
 *                    the log
 */
public record Committed(int transaction, int horizon) {}
