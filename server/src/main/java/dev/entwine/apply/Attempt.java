package dev.entwine.apply;

import dev.entwine.merge.Batch;
import dev.entwine.merge.Clash;
import dev.entwine.merge.RowWrite;
import dev.entwine.model.Image;
import dev.entwine.model.RowId;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.postgresql.util.PSQLException;

/** One try at one batch: which of its rows could not be written, and why. Owned by its target's thread. */
final class Attempt {
    private final TargetSession open;
    private final Coordination coordination;
    private final Set<String> parkedRows;
    private final Mode mode;
    private final Map<RowId, SQLException> refused = new HashMap<>();
    private final Set<RowId> missing = new HashSet<>();
    private final Map<RowId, List<Clash>> orphaned = new HashMap<>();
    private final Set<RowId> parked = new HashSet<>();

    /** @param parkedRows behind which later changes of these rows are parked; those that are parked no more are taken out */
    Attempt(TargetSession open, Coordination coordination, Set<String> parkedRows, Mode mode) {
        this.open = open;
        this.coordination = coordination;
        this.parkedRows = parkedRows;
        this.mode = mode;
    }

    /** How rows are written; each way is taken when the one before it was refused. */
    enum Mode {
        SET_BY_SET,
        /** Rows of the batch exchange values: the columns that may be empty are emptied first. */
        FREEING,
        /** All rows are taken out, from locked tables, before any is put in. */
        REPLACING,
        ROW_BY_ROW
    }

    Set<RowId> parked() {
        return parked;
    }

    /** Returns what constraints do not let stand of it. */
    List<Clash> write(List<RowWrite> writes) throws SQLException {
        Set<String> waiting = waiting(writes);
        List<RowWrite> free = new ArrayList<>();
        for (RowWrite write : writes) {
            refused.remove(write.key().id());
            missing.remove(write.key().id());
            if (!waiting.contains(write.key().id().toString())) {
                free.add(write);
            }
        }
        List<Clash> clashes = new ArrayList<>();
        List<RowWrite> absent = switch (mode) {
            case SET_BY_SET -> open.write(free, clashes);
            case FREEING -> open.writeFreed(free, clashes);
            case REPLACING -> open.replace(free, clashes);
            case ROW_BY_ROW -> writeOneByOne(free);
        };
        return absent.isEmpty() ? clashes : completed(absent, free);
    }

    /** The rows that wait behind a parked change; somebody may have taken it out since it was parked. */
    private Set<String> waiting(List<RowWrite> writes) throws SQLException {
        Set<String> waiting = writes.stream()
                .map(write -> write.key().id().toString())
                .filter(parkedRows::contains)
                .collect(Collectors.toSet());
        if (!waiting.isEmpty()) {
            Set<String> parked = open.stillParked(waiting);
            parkedRows.removeIf(row -> waiting.contains(row) && !parked.contains(row));
            waiting.retainAll(parked);
        }
        return waiting;
    }

    /**
     * Rows may be in each other's way, as long as any of them can be written there is hope for the others. Each is completed where it
     * has to be, so there is nothing to return.
     */
    private List<RowWrite> writeOneByOne(List<RowWrite> writes) throws SQLException {
        List<RowWrite> left = writes;
        int before;
        do {
            before = left.size();
            List<RowWrite> again = new ArrayList<>();
            for (RowWrite write : left) {
                if (!writeAlone(write)) {
                    again.add(write);
                }
            }
            left = again;
        } while (!left.isEmpty() && left.size() < before);
        List<RowWrite> exchanging = left.stream()
                .filter(write -> isRefusedForAnother(write.key().id()))
                .toList();
        if (exchanging.size() > 1 && !writeTogether(exchanging, open::writeFreed)) {
            writeTogether(exchanging, open::replace);
        }
        return List.of();
    }

    private boolean isRefusedForAnother(RowId row) {
        SQLException error = refused.get(row);
        return error != null && Trouble.isClaim(error);
    }

    private interface Way {
        List<RowWrite> write(List<RowWrite> writes, List<Clash> clashes) throws SQLException;
    }

    /** Rows that exchange values are in each other's way for ever when they are written alone. */
    private boolean writeTogether(List<RowWrite> writes, Way way) throws SQLException {
        open.savepoint();
        try {
            List<Clash> clashes = new ArrayList<>();
            if (way.write(writes, clashes).isEmpty() && clashes.isEmpty()) {
                open.releaseSavepoint();
                writes.forEach(write -> refused.remove(write.key().id()));
                return true;
            }
        } catch (SQLException e) {
            if (Trouble.of(e) != Trouble.DATA) {
                throw e;
            }
        }
        open.rollbackToSavepoint();
        return false;
    }

    private boolean writeAlone(RowWrite write) throws SQLException {
        open.savepoint();
        orphaned.remove(write.key().id());
        try {
            List<Clash> clashes = new ArrayList<>();
            List<RowWrite> absent = open.write(List.of(write), clashes);
            if (!absent.isEmpty()) {
                clashes = completed(absent, List.of(write));
            }
            if (!clashes.isEmpty()) {
                orphaned.put(write.key().id(), clashes);
                throw Trouble.refusal(clashes.getFirst());
            }
            open.releaseSavepoint();
            refused.remove(write.key().id());
            return true;
        } catch (SQLException e) {
            if (Trouble.of(e) != Trouble.DATA) {
                throw e;
            }
            open.rollbackToSavepoint();
            refused.put(write.key().id(), e);
            return false;
        }
    }

    /**
     * Changed rows that are not there: what the log left out of them is looked up where the change was made. Returns what constraints do
     * not let stand of all that was to be written.
     */
    private List<Clash> completed(List<RowWrite> absent, List<RowWrite> all) throws SQLException {
        List<Batch.Missing> wanted = absent.stream()
                .map(write -> new Batch.Missing(write.table(), write.key(), write.source(), write.position()))
                .toList();
        Map<Batch.Missing, Image> found = coordination.lookUp(wanted);
        List<RowWrite> complete = new ArrayList<>();
        for (int i = 0; i < absent.size(); i++) {
            Image row = found.get(wanted.get(i));
            if (row == null) {
                missing.add(absent.get(i).key().id());
            } else {
                complete.add(absent.get(i).completedFrom(row));
            }
        }
        open.write(complete, new ArrayList<>());
        return open.constraints().orphaned(all);
    }

    /** What was refused for the sake of constraints, and may be decided. */
    List<Clash> clashes(List<RowWrite> rows) throws SQLException {
        List<RowWrite> claimants = new ArrayList<>();
        List<Clash> clashes = new ArrayList<>();
        for (RowWrite row : rows) {
            SQLException error = refused.get(row.key().id());
            if (error == null) {
                continue;
            }
            if (Trouble.isClaim(error)) {
                claimants.add(row);
            } else if (orphaned.containsKey(row.key().id())) {
                clashes.addAll(orphaned.get(row.key().id()));
            } else if (row.isMerged()) {
                clashes.add(new Clash.Invalid(constraint(error), new Clash.Row(row.table(), row.key())));
            }
        }
        clashes.addAll(open.constraints().claimed(claimants));
        return clashes;
    }

    private static String constraint(SQLException error) {
        return error instanceof PSQLException psql
                        && psql.getServerErrorMessage() != null
                        && psql.getServerErrorMessage().getConstraint() != null
                ? psql.getServerErrorMessage().getConstraint()
                : Trouble.firstLine(error);
    }

    /** What is certified now and still could not be written is kept whole, and what comes after it behind it. */
    void park(List<RowWrite> rows) throws SQLException {
        for (RowWrite row : rows) {
            RowId id = row.key().id();
            SQLException error = refused.get(id);
            if (error != null) {
                open.journal().park(row, error.getSQLState(), Trouble.firstLine(error));
            } else if (missing.contains(id)) {
                open.journal().park(row, null, "the row is not there, and neither is it at site " + row.source());
            } else if (parkedRows.contains(id.toString())) {
                open.journal().park(row, null, "an earlier change of this row is parked");
            } else {
                continue;
            }
            parked.add(id);
        }
    }
}
