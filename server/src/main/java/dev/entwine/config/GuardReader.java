package dev.entwine.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Binds the section {@code guards}, and the limit of one table in its rule. */
final class GuardReader {
    private static final List<String> KEYS = List.of("deletes", "conflicts", "clock_jump");

    private GuardReader() {}

    static GuardSettings read(Section section) {
        section.allowOnly(KEYS, List.of());
        return new GuardSettings(
                limit(section, "deletes", "rows").orElse(RateLimit.OFF),
                limit(section, "conflicts", "rate").orElse(RateLimit.OFF),
                clockJump(section));
    }

    private static Optional<Duration> clockJump(Section section) {
        if (section.value("clock_jump").isEmpty() || section.isOff("clock_jump")) {
            return Optional.empty();
        }
        return section.duration("clock_jump", GuardSettings.WITHIN_MIN, GuardSettings.WITHIN_MAX);
    }

    /**
     * Empty when it is missing or, reported, not such a limit.
     *
     * @param most the key of the number
     */
    static Optional<RateLimit> limit(Section section, String name, String most) {
        if (section.value(name).isEmpty()) {
            return Optional.empty();
        }
        if (section.isOff(name)) {
            return Optional.of(RateLimit.OFF);
        }
        return section.section(name).flatMap(limit -> limit(limit, most));
    }

    private static Optional<RateLimit> limit(Section limit, String most) {
        limit.allowOnly(List.of(most, "within"), List.of());
        boolean given = limit.required(most).isPresent();
        long number = given ? limit.number(most, GuardSettings.MOST) : 0;
        Optional<Duration> within = limit.required("within").isPresent()
                ? limit.duration("within", GuardSettings.WITHIN_MIN, GuardSettings.WITHIN_MAX)
                : Optional.empty();
        return given ? within.map(time -> new RateLimit(number, time)) : Optional.empty();
    }
}
