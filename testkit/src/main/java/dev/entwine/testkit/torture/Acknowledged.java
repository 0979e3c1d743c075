package dev.entwine.testkit.torture;

/**
 * A transaction that changed rows and whose commit the server confirmed.
 *
 * @param xid its number at the site
 */
public record Acknowledged(String site, long xid) {}
