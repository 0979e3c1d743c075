package dev.entwine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MessageTest {
    private static final SiteId EAST = new SiteId("east");
    private static final VersionVector BOTH =
            VersionVector.of(EAST, new Position(0x1A2B)).with(new SiteId("west"), new Position(-1));

    static List<Message> messages() {
        RowId first = new RowId(1, -1);
        RowId second = RowId.of(new TableId("public", "t"), List.of("7"));
        return List.of(
                new Message.Apply(),
                new Message.Fence("f5f3/12"),
                new Message.Fence("words with spaces "),
                new Message.Ping("p-1"),
                new Message.Revised(new Revision(
                        "946d",
                        Revision.Kind.UNDO,
                        Optional.of(EAST),
                        17,
                        new SiteId("west"),
                        812,
                        "ann@host as entwine")),
                new Message.Revised(new Revision("946d", Revision.Kind.KEEP, Optional.empty(), 17, EAST, 812, "ann")),
                new Message.Applied(1, 2, Stamp.NONE, Position.NONE, VersionVector.EMPTY, Map.of(), Map.of()),
                new Message.Applied(
                        Long.MAX_VALUE,
                        7,
                        new Stamp(1_700_000_000_000_001L),
                        new Position(-2),
                        BOTH,
                        Map.of(first, BOTH, second, VersionVector.of(EAST, new Position(3))),
                        Map.of(first, new Position(0x2B), second, Position.NONE)));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void a_message_is_read_back_as_it_was(Message message) {
        assertThat(Message.parse(message.toString())).isEqualTo(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "apply now",
                "apply ",
                " apply",
                "Apply",
                "applying",
                "fence",
                "fence ",
                "ping",
                "ping ",
                "resume 7",
                "revised",
                "revised 946d keep east 17 west 812",
                "revised 946d keep east 17 west 812 ",
                "revised 946d drop east 17 west 812 ann",
                "revised 946d keep East 17 west 812 ann",
                "revised 946d keep east soon west 812 ann",
                "revised 946d keep east 17 west 812 ann\nbob",
                "applied",
                "applied 1 2 3 0/0",
                "applied 1 2 3 0/0 east=0/1 garbage",
                "applied 1 2 3 0/0 east=0/1 00000000000000010000000000000002",
                "applied 1 2 3 0/0 east=0/1 ",
                "applied one 2 3 0/0 east=0/1",
                "applied 1 2 3 zero east=0/1",
                "applied 1 2 3 0/0 east"
            })
    void text_that_no_message_has_is_refused(String text) {
        assertThatThrownBy(() -> Message.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
