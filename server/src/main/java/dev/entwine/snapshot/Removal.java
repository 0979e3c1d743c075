package dev.entwine.snapshot;

import dev.entwine.db.Endpoint;
import dev.entwine.db.SiteException;
import java.util.List;

/** Takes everything of ours out of a site. Stateless. */
public final class Removal {
    private Removal() {}

    /**
     * Drops slot, publication, schema and replication origin, and takes back the rows of an unfinished copy.
     *
     * @return what was removed, in words; empty when nothing was there
     * @throws RefusedException the engine, or another command, is at work at the site: nothing was removed
     */
    public static List<String> run(Endpoint endpoint) throws SiteException, RefusedException {
        try (SiteAccess site = SiteAccess.open(endpoint)) {
            return Leftovers.undo(site);
        }
    }
}
