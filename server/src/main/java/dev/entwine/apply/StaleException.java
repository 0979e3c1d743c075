package dev.entwine.apply;

import dev.entwine.model.SiteId;

/** Another engine has taken over: this one must not write any more. */
public final class StaleException extends Exception {
    StaleException(SiteId site, long epoch) {
        super("site " + site + ": another engine has taken over since epoch " + epoch);
    }
}
