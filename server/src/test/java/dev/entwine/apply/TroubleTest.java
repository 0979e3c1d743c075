package dev.entwine.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TroubleTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "40001, TRANSIENT, serialization failure",
                "40P01, TRANSIENT, deadlock",
                "53100, TRANSIENT, disk full",
                "53300, TRANSIENT, too many connections",
                "55P03, TRANSIENT, lock not available",
                "55006, TRANSIENT, object in use",
                "57014, TRANSIENT, query cancelled",
                "08006, CONNECTION, connection failure",
                "08001, CONNECTION, cannot connect",
                "57P01, CONNECTION, terminated by the administrator",
                "57P03, CONNECTION, the server is starting",
                "58030, CONNECTION, input or output error",
                "28P01, CONNECTION, wrong password",
                "3D000, CONNECTION, no such database",
                "25P02, CONNECTION, the transaction has failed already",
                "25P03, CONNECTION, ended for being idle in a transaction",
                "21000, DATA, a row was to be changed twice",
                "22001, DATA, value too long",
                "22P02, DATA, not of the type",
                "23505, DATA, unique violation",
                "23503, DATA, foreign key violation",
                "23514, DATA, check violation",
                "44000, DATA, check of a view",
                "54000, DATA, a limit of the server",
                "P0001, DATA, raised by a trigger",
                "42501, HELD, no right",
                "42P01, HELD, no such table",
                "42703, HELD, no such column",
                "0A000, HELD, not supported",
                "XX000, HELD, internal error"
            })
    void the_state_says_what_helps(String state, Trouble expected, String meaning) {
        assertThat(Trouble.of(new SQLException(meaning, state))).as(meaning).isEqualTo(expected);
    }

    @Test
    void without_a_state_nothing_is_known_of_the_connection() {
        assertThat(Trouble.of(new SQLException("no state"))).isEqualTo(Trouble.CONNECTION);
        assertThat(Trouble.of(new SQLException("half a state", "4"))).isEqualTo(Trouble.CONNECTION);
    }
}
