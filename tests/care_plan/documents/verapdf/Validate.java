import java.io.FileInputStream;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Holds PDF files against PDF/UA-1: one line for each broken rule, "file: clause: message". */
class Validate {
  public static void main(String[] files) throws Exception {
    Logger.getLogger("").setLevel(Level.OFF);
    VeraGreenfieldFoundryProvider.initialise();
    for (String file : files) {
      String name = Path.of(file).getFileName().toString();
      try (FileInputStream in = new FileInputStream(file);
          PDFAParser parser = Foundries.defaultInstance().createParser(in, PDFAFlavour.PDFUA_1)) {
        PDFAValidator rules = Foundries.defaultInstance().createValidator(PDFAFlavour.PDFUA_1, false);
        ValidationResult found = rules.validate(parser);
        for (TestAssertion each : found.getTestAssertions()) {
          if (each.getStatus() == TestAssertion.Status.FAILED) {
            System.out.println(name + ": " + each.getRuleId().getClause() + ": " + each.getMessage());
          }
        }
        if (!found.isCompliant() && found.getTestAssertions().isEmpty()) {
          System.out.println(name + ": 0: not compliant");
        }
      } catch (org.verapdf.core.VeraPDFException broken) {
        System.out.println(name + ": 0: can't be read");
      }
    }
  }
}
