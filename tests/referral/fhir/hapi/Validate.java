import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

/** Holds FHIR R4 files against the specification: one line for each error, "file: place: message". */
class Validate {
  public static void main(String[] files) throws Exception {
    FhirContext r4 = FhirContext.forR4();
    FhirInstanceValidator rules =
        new FhirInstanceValidator(
            new ValidationSupportChain(
                new DefaultProfileValidationSupport(r4),
                new InMemoryTerminologyServerValidationSupport(r4),
                new CommonCodeSystemsTerminologyService(r4)));
    rules.setAnyExtensionsAllowed(true);
    FhirValidator validator = r4.newValidator().registerValidatorModule(rules);
    for (String file : files) {
      String text = Files.readString(Path.of(file));
      for (SingleValidationMessage each : validator.validateWithResult(text).getMessages()) {
        if (each.getSeverity().compareTo(ResultSeverityEnum.ERROR) >= 0) {
          String name = Path.of(file).getFileName().toString();
          System.out.println(name + ": " + each.getLocationString() + ": " + each.getMessage());
        }
      }
    }
  }
}
