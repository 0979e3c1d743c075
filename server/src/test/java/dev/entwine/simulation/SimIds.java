package dev.entwine.simulation;

import dev.entwine.merge.Merger;
import dev.entwine.merge.Rekey;
import dev.entwine.merge.RekeyRequest;
import dev.entwine.model.RowKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which rows of a fake database get which ids: first away from those that are needed, then to them. */
final class SimIds {
    /** Of one engine. */
    private static final long REQUESTS_MAX = 1_000_000;

    private SimIds() {}

    /**
     * Does what a merger asks for, or finds it done. Waits for whoever holds one of the rows.
     *
     * @param told whether the merger gets the answer; otherwise the connection is lost after the commit
     */
    static void answer(SimSite site, RekeyRequest request, Merger merger, Oracle oracle, boolean told) {
        long name = request.epoch() * REQUESTS_MAX + request.number();
        List<Rekey> done = site.rekeyed(name);
        if (done.isEmpty()) {
            int transaction = site.begin();
            done = choose(site, request, transaction);
            boolean held = done.stream()
                    .anyMatch(rekey ->
                            site.locks.containsKey(key(rekey.from())) || site.locks.containsKey(key(rekey.to())));
            if (held || done.isEmpty()) {
                site.end(transaction);
                if (!held) {
                    merger.rekeyRefused(request);
                }
                return;
            }
            site.rekey(done, transaction, name, oracle);
        }
        if (told) {
            merger.rekeyed(request, done);
        }
    }

    private static RowKey key(String id) {
        return new RowKey(SimTable.TABLE.id(), List.of(id));
    }

    /** Empty when a row that has a wanted id must keep it. */
    private static List<Rekey> choose(SimSite site, RekeyRequest request, int transaction) {
        Map<String, RekeyRequest.Wanted> asked = new LinkedHashMap<>();
        request.rows().forEach(row -> asked.put(row.from(), row));
        Set<String> away = new LinkedHashSet<>();
        for (RekeyRequest.Wanted row : request.rows()) {
            String target = row.to().orElse(row.from());
            boolean occupied = site.held(key(target)).image() != null;
            if (occupied && !asked.containsKey(target) && !site.constraints.movesOnSameId()) {
                return List.of();
            }
            away.add(target);
        }
        List<Rekey> rekeys = new ArrayList<>();
        Map<String, String> now = new LinkedHashMap<>();
        for (String id : away) {
            RekeyRequest.Wanted row = asked.get(id);
            String fresh = Long.toString(
                    site.nextPosition().value() * 10 + site.site.name().charAt(0) - 'a');
            now.put(id, fresh);
            rekeys.add(new Rekey(
                    SimTable.TABLE.id(), id, fresh, row == null ? request.since() : row.since(), transaction));
        }
        for (RekeyRequest.Wanted row : request.rows()) {
            row.to()
                    .ifPresent(to -> rekeys.add(new Rekey(
                            SimTable.TABLE.id(),
                            now.getOrDefault(row.from(), row.from()),
                            to,
                            row.since(),
                            transaction)));
        }
        return rekeys;
    }
}
