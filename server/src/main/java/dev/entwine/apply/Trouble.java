package dev.entwine.apply;

import dev.entwine.merge.Clash;
import java.sql.SQLException;

/** What an error of the target means for what is being applied; by SQLSTATE. */
enum Trouble {
    /** Goes by itself: roll back and try again. */
    TRANSIENT,
    /** The connection is of no use any more, or its state is not known. */
    CONNECTION,
    /** The database will never take this row as it is. */
    DATA,
    /** Somebody has to change something first; tried again until then, never parked. */
    HELD;

    /** A row refers to one that is not there. */
    static final String ORPHANED = "23503";

    /** Whether another row has what only one may have. */
    static boolean isClaim(SQLException error) {
        return "23505".equals(error.getSQLState()) || "23P01".equals(error.getSQLState());
    }

    static Trouble of(SQLException error) {
        String state = error.getSQLState();
        if (state == null || state.length() < 2) {
            return CONNECTION;
        }
        return switch (state.substring(0, 2)) {
            case "08", "57", "28", "3D", "58" -> state.equals("57014") ? TRANSIENT : CONNECTION;
            case "25" -> CONNECTION;
            case "40", "53" -> TRANSIENT;
            case "55" -> TRANSIENT;
            case "21", "22", "23", "44", "54", "P0" -> DATA;
            default -> HELD;
        };
    }

    /** A clash that nothing was decided about. */
    static SQLException refusal(Clash clash) {
        return new SQLException(
                clash instanceof Clash.Orphaned orphaned
                        ? orphaned.child() + " refers by " + clash.constraint() + " to " + orphaned.parent()
                                + ", which is not there"
                        : "constraint " + clash.constraint() + " does not let the row stand",
                ORPHANED);
    }

    static String firstLine(SQLException error) {
        return String.valueOf(error.getMessage()).lines().findFirst().orElse("");
    }
}
