package dev.entwine.merge;

import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.VersionVector;

/** Versions of a row for tests of what is decided between them. */
final class Contenders {
    private Contenders() {}

    static Contender of(String site, long position, long stamp) {
        SiteId id = new SiteId(site);
        Position at = new Position(position);
        return new Contender(
                id,
                at,
                new Stamp(stamp),
                position,
                VersionVector.of(id, at),
                Operation.UPDATE,
                null,
                Image.of(Cell.text("1"), Cell.text(site + position)),
                false);
    }
}
