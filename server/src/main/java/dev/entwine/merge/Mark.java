package dev.entwine.merge;

import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;

/** The change that set something last. */
public record Mark(Stamp stamp, SiteId site) {}
