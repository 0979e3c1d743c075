package dev.entwine.db;

import dev.entwine.model.SiteId;

/**
 * A site is not the one that the others know: going on would lose changes, or take others for known that are not. Says what was found;
 * the next step is to bring the site back.
 */
public final class ChangedSiteException extends Exception {
    private final SiteId site;

    /** @param what in words, after the site's name */
    ChangedSiteException(SiteId site, String what) {
        super("site " + site + ": " + what + "; nothing was applied or acknowledged since that was seen. Stop the"
                + " applications at this site if they may wait, and run 'entwine rejoin' with the configuration and "
                + site);
        this.site = site;
    }

    public SiteId site() {
        return site;
    }
}
