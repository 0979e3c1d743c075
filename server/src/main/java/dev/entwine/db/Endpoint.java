package dev.entwine.db;

import dev.entwine.model.SiteId;

/** Where a site's database is, who the engine is there, and what guards the way. The password never appears in the text form. */
public record Endpoint(SiteId site, String url, String user, String password, Tls tls) {
    /** With what a URL of this host gets when nothing else is said. */
    public Endpoint(SiteId site, String url, String user, String password) {
        this(site, url, user, password, Tls.byDefault(url));
    }

    @Override
    public String toString() {
        return site + " (" + url + " as " + user + ")";
    }
}
