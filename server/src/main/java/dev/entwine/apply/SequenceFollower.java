package dev.entwine.apply;

import dev.entwine.merge.RekeyRules;
import dev.entwine.merge.RowWrite;
import dev.entwine.model.Operation;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Lets a site's sequences go on behind the ids that come from other sites, for tables whose rows may get other ids: an application here
 * would otherwise be given an id that is taken. Only sequences that count by one; see {@link IdSequence#passed}. Owned by its session.
 */
final class SequenceFollower {
    private final Connection connection;
    private final RekeyRules rules;
    private final Map<TableId, Long> passed = new HashMap<>();

    SequenceFollower(Connection connection, RekeyRules rules) {
        this.connection = connection;
        this.rules = rules;
    }

    /** To be called before the rows are committed. What a sequence gave out is never taken back, so it does no harm if they are not. */
    void follow(List<RowWrite> rows) throws SQLException {
        Map<TableId, Long> highest = new HashMap<>();
        for (RowWrite row : rules.isEmpty() ? List.<RowWrite>of() : rows) {
            // An update counts too: it may be what another site made of a row that was given its id here.
            if (row.operation() != Operation.DELETE
                    && rules.rules().containsKey(row.table().id())) {
                number(row.key().values().getFirst())
                        .ifPresent(id -> highest.merge(row.table().id(), id, Math::max));
            }
        }
        for (Map.Entry<TableId, Long> ofTable : highest.entrySet()) {
            if (ofTable.getValue() > passed.getOrDefault(ofTable.getKey(), Long.MIN_VALUE)) {
                follow(ofTable.getKey(), ofTable.getValue());
                passed.put(ofTable.getKey(), ofTable.getValue());
            }
        }
    }

    private void follow(TableId table, long id) throws SQLException {
        RekeyRules.Rule rule = rules.rules().get(table);
        if (rule != null) {
            IdSequence sequence = IdSequence.find(connection, TargetTable.read(rule.table(), connection));
            if (sequence != null) {
                sequence.passed(connection, id);
            }
        }
    }

    private static OptionalLong number(String id) {
        try {
            return OptionalLong.of(Long.parseLong(id));
        } catch (NumberFormatException e) {
            return OptionalLong.empty(); // no sequence gives out such an id
        }
    }
}
