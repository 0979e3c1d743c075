package dev.entwine.engine;

/**
 * What the continuous verification does now.
 *
 * @param doing in words
 * @param share of the present pass over all tables that is done, from 0 to 1
 */
record VerificationState(String doing, double share) {
    static final VerificationState OFF = new VerificationState("off", 0);
}
