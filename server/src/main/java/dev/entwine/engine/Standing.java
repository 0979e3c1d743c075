package dev.entwine.engine;

import dev.entwine.db.SiteException;
import dev.entwine.db.StandingDifference;
import dev.entwine.model.Table;
import dev.entwine.verify.ShareComparison;
import dev.entwine.verify.TableComparison;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks again at rows that differed, and lets those go that are equal. Stateless. */
final class Standing {
    private static final Logger LOG = LoggerFactory.getLogger(Standing.class);

    private Standing() {}

    static void lookAgain(Table table, ShareComparison shares, ProofBook book) throws SiteException {
        List<StandingDifference> standing = book.standing(table.id());
        if (standing.isEmpty()) {
            return;
        }
        TableComparison found = shares.again(
                table, standing.stream().map(StandingDifference::key).toList());
        Set<List<String>> stay = new HashSet<>();
        found.differences().forEach(difference -> stay.add(difference.key()));
        found.open().forEach(open -> stay.add(open.key()));
        if (stay.size() < found.differenceCount() + found.openCount()) {
            return; // some were only counted
        }
        for (StandingDifference difference : standing) {
            if (!stay.contains(difference.key())) {
                book.remove(difference);
                LOG.info("{} until now; it is equal again", difference.withoutKey());
            }
        }
    }
}
