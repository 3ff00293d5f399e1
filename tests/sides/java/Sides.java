import java.io.File;
import java.security.Security;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** What the EU DSS does in the comparison: judge, make, speed. */
public class Sides {
	public static void main(String[] args) throws Exception {
		Security.addProvider(new BouncyCastleProvider());
		switch (args.length > 0 ? args[0] : "") {
		case "judge": // ANCHORS online|offline
			new Judge(new File(args[1]), args[2].equals("online")).all();
			break;
		case "roots": // FOLDER
			new Judge(new File(args[1]), false).roots(new File(args[1]));
			break;
		case "make": // PKI DOCUMENTS OUT NAMES
			new Maker(new File(args[1]), new File(args[2]), new File(args[3]), args[4]).all();
			break;
		case "speed": // ANCHORS SECONDS NAME FILE DETACHED ...
			Judge judge = new Judge(new File(args[1]), true);
			for (int i = 3; i + 2 < args.length; i += 3)
				System.out.println(judge.speed(args[i], args[i + 1], args[i + 2], Integer.parseInt(args[2])));
			System.out.println(
			    "memory\t" + Files.peakMegabytes());
			break;
		default:
			System.err.println("usage: Sides judge|make|speed ...");
			System.exit(2);
		}
	}

	/** What the kernel says this process held at most, in MB. */
	private static class Files {
		static long peakMegabytes() throws Exception {
			for (String line : java.nio.file.Files.readAllLines(new File("/proc/self/status").toPath()))
				if (line.startsWith("VmHWM:"))
					return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
			return -1;
		}
	}
}
