// Counts accepted referrals by condition with kafka-clients and Jackson, from the first event to the last one there is now.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

public class ReadEvents {
    static final ObjectMapper JSON = new ObjectMapper();
    static final Map<String, Long> last = new HashMap<>();
    static final Map<String, Integer> conditions = new TreeMap<>();
    static int repeated = 0;

    public static void main(String[] none) throws Exception {
        String topic = System.getenv().getOrDefault("TOPIC", "patient.events");
        Map<String, Object> settings = Map.of("bootstrap.servers", System.getenv("KAFKA_BOOTSTRAP_SERVERS"));
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            var parts = consumer.partitionsFor(topic).stream().map(p -> new TopicPartition(topic, p.partition())).toList();
            consumer.assign(parts);
            consumer.seekToBeginning(parts);
            Map<TopicPartition, Long> ends = consumer.endOffsets(parts);
            while (parts.stream().anyMatch(part -> consumer.position(part) < ends.get(part))) {
                for (var record : consumer.poll(Duration.ofMillis(500))) {
                    hear(record);
                }
            }
        }
        conditions.forEach((condition, patients) -> System.out.println(condition + " " + patients));
        System.out.println(repeated + " repeated");
    }

    static void hear(ConsumerRecord<String, byte[]> record) throws Exception {
        String stream = header(record, "ce_source") + " " + header(record, "ce_subject");
        long sequence = Long.parseLong(header(record, "ce_sequence"));
        if (sequence <= last.getOrDefault(stream, 0L)) {
            repeated++;
            return;
        }
        last.put(stream, sequence);
        if (header(record, "ce_type").equals("org.carebus.ReferralAccepted")) {
            for (JsonNode condition : JSON.readTree(record.value()).get("conditions")) {
                conditions.merge(condition.asText(), 1, Integer::sum);
            }
        }
    }

    static String header(ConsumerRecord<String, byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }
}
