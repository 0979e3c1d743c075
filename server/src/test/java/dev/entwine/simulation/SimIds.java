package dev.entwine.simulation;

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
    private SimIds() {}

    static RowKey key(String id) {
        return new RowKey(SimTable.TABLE.id(), List.of(id));
    }

    /** Empty when a row that has a wanted id must keep it. */
    static List<Rekey> choose(SimSite site, RekeyRequest request, int transaction) {
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
