package dev.entwine.merge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.model.Operation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConflictKindTest {
    @ParameterizedTest
    @CsvSource({
        "INSERT,INSERT,insert_insert",
        "INSERT,UPDATE,update_update",
        "UPDATE,INSERT,update_update",
        "UPDATE,UPDATE,update_update",
        "INSERT,DELETE,update_delete",
        "UPDATE,DELETE,update_delete",
        "DELETE,INSERT,delete_update",
        "DELETE,UPDATE,delete_update",
        "DELETE,DELETE,delete_delete"
    })
    void both_operations_say_the_kind(Operation first, Operation second, String kind) {
        assertThat(ConflictKind.of(first, second).text()).isEqualTo(kind);
    }
}
