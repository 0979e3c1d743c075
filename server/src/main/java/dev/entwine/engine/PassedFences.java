package dev.entwine.engine;

import dev.entwine.model.LogEntry;
import dev.entwine.model.SiteId;
import java.util.HashMap;
import java.util.Map;

/**
 * Which fences each site's log has shown. A fence's token is {@code who/number}; whoever sends fences to a site numbers them in the
 * order in which they are sent there, so that a later one says all that the ones before it say. Guarded by the core's lock.
 */
final class PassedFences {
    private final Map<SiteId, Map<String, Long>> last = new HashMap<>();

    void passed(LogEntry.Fence fence) {
        last.computeIfAbsent(fence.site(), none -> new HashMap<>())
                .merge(sender(fence.token()), number(fence.token()), Math::max);
    }

    boolean contains(SiteId site, String token) {
        return last.getOrDefault(site, Map.of()).getOrDefault(sender(token), 0L) >= number(token);
    }

    private static String sender(String token) {
        return token.substring(0, token.lastIndexOf('/') + 1);
    }

    private static long number(String token) {
        return Long.parseLong(token.substring(token.lastIndexOf('/') + 1));
    }
}
