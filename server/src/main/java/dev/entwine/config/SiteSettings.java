package dev.entwine.config;

import dev.entwine.db.Endpoint;
import dev.entwine.model.SiteId;

/** One site, as the configuration has it. */
public record SiteSettings(Endpoint endpoint) {
    public SiteId id() {
        return endpoint.site();
    }
}
