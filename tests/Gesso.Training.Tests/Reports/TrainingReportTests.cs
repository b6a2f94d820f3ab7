using Gesso.Training.Datasets;
using Gesso.Training.Reports;
using Gesso.Training.Validation;

namespace Gesso.Training.Tests.Reports;

public sealed class TrainingReportTests(TinyTraining tiny) : IClassFixture<TinyTraining>
{
    private static readonly PairedLoss Base = new(1, 1, 1, 1, 1);

    [Fact]
    public void The_reason_names_the_step_with_the_lowest_score_and_what_speaks_against_it()
    {
        var report = Report(
            Result(0, 1, 1, 1),
            Result(10, 0.8, 0.78, 1),
            Result(20, 0.85, 0.5, 1.2) with { Copies = [new NearestPicture(0, "x/a.png", 0.99, 0.2)] });

        Assert.Equal(10, report.Best!.Step);
        Assert.Contains("Step 10 has the lowest score of 2", report.Reason());
        Assert.Contains("0.8 of the base's", report.Reason());
        Assert.Contains("more than chance", report.Reason());
        Assert.Contains("Later steps scored worse", report.Reason());

        string forgets = Report(Result(0, 1, 1, 1), Result(20, 0.6, 0.3, 1.2) with { Copies = [new NearestPicture(0, "x/a.png", 0.99, 0.2)] }).Reason();
        Assert.Contains("learnt by heart", forgets);
        Assert.Contains("20 % worse", forgets);
        Assert.Contains("nearly a copy of a.png", forgets);
    }

    [Fact]
    public void Without_held_out_pictures_the_reason_says_so() =>
        Assert.Contains("too few to hold some out", Report(new ValidationResult { Step = 5, Trained = Base }).Reason());

    [Fact]
    public void The_page_needs_nothing_beside_it_and_escapes_what_it_shows()
    {
        var plan = tiny.Plan("report") with
        {
            Name = "a <b>",
            Validation = new ValidationPlan { PreviewPrompts = [new PreviewPrompt("a \"box\" & more")], Drawing = null },
        };
        var report = new TrainingReport(plan, new TrainingData(plan, tiny.Model), [Result(0, 1, 1, 1), Result(10, 0.8, 0.7, 1)]);

        string page = report.Page([.. Enumerable.Range(1, 500).Select(i => (i, 1.0 / i))], (step, prompt) => [1, 2, 3]);

        Assert.DoesNotContain("http", page);
        Assert.Contains("a &lt;b&gt;", page);
        Assert.Contains("a &quot;box&quot; &amp; more", page);
        Assert.Equal(2, page.Split("data:image/png;base64,AQID").Length - 1);
        Assert.Contains("<th>base</th>", page);
        Assert.Equal(4, page.Split("<polyline").Length - 1);
    }

    private TrainingReport Report(params ValidationResult[] validations)
    {
        var plan = tiny.Plan("report");
        return new TrainingReport(plan, new TrainingData(plan, tiny.Model), validations);
    }

    private static ValidationResult Result(int step, double heldOut, double trained, double forgetting) => new()
    {
        Step = step,
        HeldOut = Base with { Loss = heldOut },
        HeldOutInterval = new Interval(heldOut - 1 - 0.05, heldOut - 1 + 0.05),
        Trained = Base with { Loss = trained },
        Forgetting = Base with { Loss = forgetting },
    };
}
