package dev.entwine.journal;

import dev.entwine.model.Revision;
import dev.entwine.model.SiteId;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is wanted of the entries of a selection.
 *
 * @param site whose version is to stand; for {@code undo} empty: the version that does not stand now
 * @param asIs whether the row is to be left as it is
 * @param values JSON: columns that are to be as somebody has written them; the others stay as they stand
 * @param by   who wants it, in one line
 */
public record Order(Revision.Kind kind, Optional<SiteId> site, boolean asIs, Optional<ObjectNode> values, String by) {}
