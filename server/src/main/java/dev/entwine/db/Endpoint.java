package dev.entwine.db;

import dev.entwine.model.SiteId;

/** Where a site's database is and who the engine is there. The password never appears in the text form. */
public record Endpoint(SiteId site, String url, String user, String password) {
    @Override
    public String toString() {
        return site + " (" + url + " as " + user + ")";
    }
}
