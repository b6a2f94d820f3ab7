using Gesso.Typography.Planning;
using Gesso.Typography.Verification.Ocr;

namespace Gesso.Typography.Tests.Planning;

public sealed class PromptPlannerTests
{
    [Theory]
    [InlineData("A poster of mountains \"PEAKS\"", PromptIntent.Poster)]
    [InlineData("a rusty street sign \"STOP\"", PromptIntent.Sign)]
    [InlineData("a bottle of oil, label \"OLIVA\"", PromptIntent.Packaging)]
    [InlineData("infographic about bees \"BEES\"", PromptIntent.Infographic)]
    [InlineData("mobile app, clean UI, \"Sign in\"", PromptIntent.Ui)]
    [InlineData("a beach \"HOLIDAY\"", PromptIntent.Picture)]
    [InlineData("a quiet suit designer \"BUILD\"", PromptIntent.Picture)]                    // no "ui" and no "sign" inside words
    [InlineData("夜の街の看板「営業中」", PromptIntent.Sign)]
    [InlineData("плакат с горами «Вершины»", PromptIntent.Poster)]
    public void Intent_is_told_by_words(string prompt, PromptIntent intent) => Assert.Equal(intent, PromptPlanner.Plan(prompt).Intent);

    [Theory]
    [InlineData("A poster of mountains with the title \"ANNUAL REPORT 2026\"", "A poster of mountains")]
    [InlineData("a rusty street sign that says 'STOP HERE', rain", "a rusty street sign, rain")]
    [InlineData("a bottle with a label reading “OLIVA” on a table", "a bottle with a label on a table")]
    [InlineData("A poster, headline \"ONE\", subtitle \"TWO\" and caption \"THREE\", blue", "A poster, blue")]
    public void The_network_is_not_told_the_words(string prompt, string start)
    {
        var plan = PromptPlanner.Plan(prompt);

        Assert.StartsWith(start + ", ", plan.ModelPrompt, StringComparison.Ordinal);
        Assert.EndsWith("no text, no letters", plan.ModelPrompt, StringComparison.Ordinal);
        Assert.All(plan.Texts, t => Assert.DoesNotContain(t.Text, plan.ModelPrompt, StringComparison.Ordinal));
    }

    [Fact]
    public void A_prompt_without_quotations_stays_as_it_is()
    {
        var plan = PromptPlanner.Plan("the boys' poster, don't care");

        Assert.Empty(plan.Texts);
        Assert.Equal("the boys' poster, don't care", plan.ModelPrompt);
    }

    [Fact]
    public void Roles_come_from_the_words_before_and_from_the_text()
    {
        var plan = PromptPlanner.Plan("A poster \"SUMMER FEST\" with the tagline \"Music by the sea\", price \"$25\", and the footer \"12 July, Old Harbour\"");

        Assert.Equal([PlannedRole.Title, PlannedRole.Subtitle, PlannedRole.Price, PlannedRole.Caption], plan.Texts.Select(t => t.Role));
        Assert.Equal([0, 1, 2, 3], plan.Texts.Select(t => t.Rank));
    }

    [Fact]
    public void Scripts_are_guessed()
    {
        var plan = PromptPlanner.Plan("an ad \"Fresh coffee\" and \"قهوة طازجة\"");

        Assert.Equal([OcrScript.Latin, OcrScript.Arabic], plan.Texts.Select(t => t.Script));
    }

    [Theory]
    [InlineData("poster")]
    [InlineData("sign")]
    [InlineData("label")]
    [InlineData("app screen")]
    [InlineData("infographic")]
    [InlineData("beach")]
    public void Boxes_stay_inside_the_margins_and_apart(string kind)
    {
        for (int count = 1; count <= 9; count++)
        {
            string prompt = $"a {kind} " + string.Join(", ", Enumerable.Range(1, count).Select(i => i % 3 == 0 ? $"caption \"Text {i}\"" : $"\"Text {i}\""));

            var boxes = PromptPlanner.Plan(prompt).Texts.Select(t => t.Box).ToList();

            Assert.Equal(count, boxes.Count);
            foreach (var (i, a) in boxes.Index())
            {
                Assert.True(a.X >= 0.05 && a.Y >= 0.05 && a.Right <= 0.9501 && a.Bottom <= 0.9501 && a.Width > 0.1 && a.Height > 0.005, $"{kind}: {a}");
                Assert.All(boxes.Skip(i + 1), b => Assert.True(
                    a.Right <= b.X + 1e-9 || b.Right <= a.X + 1e-9 || a.Bottom <= b.Y + 1e-9 || b.Bottom <= a.Y + 1e-9, $"{kind}: {a} and {b} overlap"));
            }
        }
    }

    [Fact]
    public void What_is_read_first_is_highest()
    {
        var texts = PromptPlanner.Plan("a poster with subtitle \"small\" and title \"BIG\"").Texts;

        Assert.True(texts[1].Box.Y < texts[0].Box.Y && texts[1].Box.Height > texts[0].Box.Height);
    }
}
