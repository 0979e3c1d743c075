package dev.entwine.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ids 1 and 12 become 70 and 8; everything else stays, byte for byte. */
final class IdTextTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "ARRAY | {1,2,12,121,NULL} | {70,2,8,121,NULL}",
                "ARRAY | {{1,2},{12,1}} | {{70,2},{8,70}}",
                "ARRAY | [5:6]={1,3} | [5:6]={70,3}",
                "ARRAY | {\"1\",\"a,1\",\"x\\\"1\"} | {\"70\",\"a,1\",\"x\\\"1\"}",
                "ARRAY | {} | {}",
                "HSTORE_KEYS | \"1\"=>\"1\", \"2\"=>NULL, \"12\"=>\"a\\\"=>1\" | \"70\"=>\"1\", \"2\"=>NULL,"
                        + " \"8\"=>\"a\\\"=>1\"",
                "HSTORE_VALUES | \"1\"=>\"1\", \"2\"=>NULL, \"12\"=>\"12\" | \"1\"=>\"70\", \"2\"=>NULL, \"12\"=>\"8\"",
                "JSON_KEYS | {\"1\": 1, \"a\": {\"1\": 12}, \"12\" : [1]} | {\"70\": 1, \"a\": {\"1\": 12}, \"8\" :"
                        + " [1]}",
                "JSON_VALUES | {\"1\": 1, \"b\": \"12\", \"c\": [1], \"d\": 1.0} | {\"1\": 70, \"b\": \"8\", \"c\":"
                        + " [1], \"d\": 1.0}",
                "JSON_ELEMENTS | [1, \"12\", {\"1\": 1}, [1], null] | [70, \"8\", {\"1\": 1}, [1], null]",
                "JSON_KEYS | [1, 12] | [1, 12]",
                "JSON_ELEMENTS | {\"1\": 1} | {\"1\": 1}"
            })
    void ids_in_their_place_are_replaced(IdText kind, String text, String expected) {
        assertThat(kind.replaced(text, id -> id.equals("1") ? "70" : id.equals("12") ? "8" : id))
                .isEqualTo(expected);
    }
}
