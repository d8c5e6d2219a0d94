// A server that speaks MongoDB's protocol and keeps its data in a file: PORT FILE [CERT KEY] (PEM; the key PKCS #8, EC).
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import org.h2.mvstore.MVStore;

public class MongoStandIn {
    public static void main(String[] args) throws Exception {
        // Without the clearing up that a store of years needs: it stops everything for seconds.
        MVStore store = new MVStore.Builder().fileName(args[1]).autoCompactFillRate(0).autoCommitBufferSize(32_768).cacheSize(64).open();
        H2Backend backend = new H2Backend(store);
        backend.version(new Version5());
        MongoServer server = new MongoServer(backend);
        if (args.length > 2) {
            server.enableSsl(privateKey(args[3]), null, certificate(args[2]));
        }
        server.bind("127.0.0.1", Integer.parseInt(args[0]));
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        System.out.println("ready");
        Thread.currentThread().join();
    }

    // MongoDB 5.0 by its protocol too: the library itself tells an older one, which clients of today refuse.
    private static final class Version5 implements MongoVersion {
        public int getWireVersion() {
            return 13;
        }

        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0, 0);
        }

        public String toVersionString() {
            return "5.0.0";
        }
    }

    private static X509Certificate certificate(String path) throws Exception {
        byte[] text = Files.readAllBytes(Path.of(path));
        return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(text));
    }

    private static PrivateKey privateKey(String path) throws Exception {
        String text = Files.readString(Path.of(path)).replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)));
    }
}
