using System.Globalization;
using System.Net;
using System.Text;
using Gesso.Training.Datasets;
using Gesso.Training.Validation;

namespace Gesso.Training.Reports;

/// <summary>A run on one page: which adapter was chosen and why, curves, previews beside the base's, what it was trained on. The page carries its pictures.</summary>
/// <param name="plan">Of the run.</param>
/// <param name="data">Its pictures.</param>
/// <param name="validations">So far, the first before any step.</param>
public sealed class TrainingReport(TrainingPlan plan, TrainingData data, IReadOnlyList<ValidationResult> validations)
{
    private const int Width = 720;
    private const int Height = 200;

    /// <summary>The validation with the lowest score after step 0; null: nothing was validated.</summary>
    public ValidationResult? Best { get; } = validations.Where(v => v.Step > 0).MinBy(v => v.Score);

    /// <summary>Why this adapter, in sentences.</summary>
    public string Reason()
    {
        if (Best is not { } best)
            return "Nothing was validated, so the last adapter is the only candidate.";
        List<string> sentences = [];
        int measured = validations.Count(v => v.Step > 0);
        if (best.HeldOut is { } held)
        {
            sentences.Add($"Step {best.Step} has the lowest score of {measured}: on {data.HeldOut.Count} pictures it never saw, its loss is {Number(held.Ratio)} of the base's.");
            if (best.HeldOutInterval is { } interval)
            {
                sentences.Add(interval.To < 0 ? "That is more than chance: 95 % of resampled picture sets agree on the sign."
                    : "That is within chance for so few pictures: judge by the previews.");
            }
            double gap = held.Ratio - best.Trained.Ratio;
            sentences.Add(gap > 0.1
                ? $"On pictures it was trained on the loss is {Number(best.Trained.Ratio)} of the base's: part of what it knows it has learnt by heart."
                : $"On pictures it was trained on the loss is {Number(best.Trained.Ratio)} of the base's, hardly less: it has learnt more than the pictures themselves.");
        }
        else
        {
            sentences.Add($"Step {best.Step} has the lowest score of {measured}, measured on the training pictures themselves: there were too few to hold some out, so this rewards learning by heart. Judge by the previews.");
        }
        if (best.Forgetting is { } forgetting)
        {
            sentences.Add(forgetting.Ratio > 1.05
                ? $"Pictures of other prompts became {Percent(forgetting.Ratio - 1)} worse: it forgets some of the base."
                : "Other prompts are drawn as well as before.");
        }
        if (best.Copies.FirstOrDefault(c => c.IsCopy) is { } copy)
            sentences.Add($"Preview {copy.Preview + 1} is nearly a copy of {Path.GetFileName(copy.Path)}.");
        if (validations[^1].Step > best.Step)
            sentences.Add($"Later steps scored worse ({Number(validations[^1].Score)} against {Number(best.Score)}).");
        return string.Join(' ', sentences);
    }

    /// <param name="losses">Step and loss of every step.</param>
    /// <param name="preview">PNG of a step and prompt, or null.</param>
    public string Page(IReadOnlyList<(int Step, double Loss)> losses, Func<int, int, byte[]?> preview)
    {
        ArgumentNullException.ThrowIfNull(losses);
        ArgumentNullException.ThrowIfNull(preview);
        var page = new StringBuilder();
        page.Append($$"""
            <!doctype html>
            <html lang="en"><meta charset="utf-8"><title>{{Text(plan.Name)}}</title>
            <style>
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 960px; margin: 2rem auto; padding: 0 1rem; color: #222; }
            table { border-collapse: collapse; } td, th { padding: .25rem .7rem .25rem 0; text-align: left; vertical-align: top; font-weight: normal; }
            th { color: #666; } img { width: 128px; image-rendering: auto; } svg { background: #fafafa; }
            tr.chosen td, th.chosen { font-weight: 600; color: #222; } .wide { overflow-x: auto; } .wide tr > :first-child { position: sticky; left: 0; min-width: 8em; background: #fff; }
            </style>
            <h1>{{Text(plan.Name)}}</h1>
            <p>{{Text(Reason())}}</p>

            """);
        page.Append("<h2>Loss</h2>\n").Append(Curves(("each step, averaged over its neighbours", Smoothed(losses))));
        if (validations.Count > 1)
        {
            List<(string, IReadOnlyList<(int, double)>)> curves = [("trained pictures ÷ base", [.. validations.Select(v => (v.Step, v.Trained.Ratio))])];
            if (validations.All(v => v.HeldOut is not null))
                curves.Insert(0, ("held-out pictures ÷ base", [.. validations.Select(v => (v.Step, v.HeldOut!.Ratio))]));
            if (validations.All(v => v.Forgetting is not null))
                curves.Add(("other prompts ÷ base", [.. validations.Select(v => (v.Step, v.Forgetting!.Ratio))]));
            page.Append("<h2>Validation</h2>\n").Append(Curves([.. curves])).Append(Table());
        }
        if (plan.Validation.PreviewPrompts.Count > 0)
            page.Append("<h2>Previews</h2>\n<div class=\"wide\">").Append(Previews(preview)).Append("</div>\n");
        page.Append("<h2>Run</h2>\n<table>\n");
        foreach (var (name, value) in Facts())
            page.Append($"<tr><th>{Text(name)}</th><td>{Text(value)}</td></tr>\n");
        return page.Append("</table>\n</html>\n").ToString();
    }

    private string Table()
    {
        var table = new StringBuilder("<table><tr><th>step</th><th>score</th><th>held out</th><th>low · middle · high noise</th><th>trained</th><th>other prompts</th></tr>\n");
        foreach (var v in validations)
        {
            var shown = v.HeldOut ?? v.Trained;
            table.Append($"<tr{(v == Best ? " class=\"chosen\"" : "")}><td>{v.Step}</td><td>{Number(v.Score)}</td><td>{(v.HeldOut is null ? "–" : Number(v.HeldOut.Ratio))}</td>")
                .Append($"<td>{Number(shown.Low)} · {Number(shown.Middle)} · {Number(shown.High)}</td><td>{Number(v.Trained.Ratio)}</td>")
                .Append($"<td>{(v.Forgetting is null ? "–" : Number(v.Forgetting.Ratio))}</td></tr>\n");
        }
        return table.Append("</table>\n").ToString();
    }

    /// <summary>A row a prompt, a column a validation; the first column is the base.</summary>
    private string Previews(Func<int, int, byte[]?> preview)
    {
        var table = new StringBuilder("<table><tr><th></th>");
        foreach (var v in validations)
            table.Append(v.Step == 0 ? "<th>base</th>" : $"<th{(v == Best ? " class=\"chosen\"" : "")}>step {v.Step}</th>");
        table.Append("</tr>\n");
        for (int prompt = 0; prompt < plan.Validation.PreviewPrompts.Count; prompt++)
        {
            table.Append($"<tr><td>{Text(plan.Validation.PreviewPrompts[prompt].Text)}</td>");
            foreach (var v in validations)
                table.Append(preview(v.Step, prompt) is { } png ? $"<td><img alt=\"step {v.Step}\" src=\"data:image/png;base64,{Convert.ToBase64String(png)}\"></td>" : "<td>–</td>");
            table.Append("</tr>\n");
        }
        return table.Append("</table>\n").ToString();
    }

    private IEnumerable<(string, string)> Facts()
    {
        yield return ("Pictures", $"{data.Trained.Count(p => p.Picture.Folder.IsGiven)} trained, {data.HeldOut.Count} held out, {data.Trained.Count(p => p.Picture.Folder.Regularisation)} for regularisation, {data.Trained.Count(p => p.Picture.Folder.Made)} redrawn in their style");
        yield return ("Steps", $"{plan.Steps} of {plan.BatchSize} × {plan.Accumulation}; an epoch has {Number(data.StepsPerEpoch)}");
        yield return ("Sizes", string.Join(", ", data.Trained.GroupBy(p => p.Fit.Bucket).OrderByDescending(g => g.Count()).Select(g => $"{g.Key} ({g.Count()})")));
        yield return ("Adapter", $"rank {plan.Modules.Rank}, alpha {Number(plan.AlphaOrRank)}");
        yield return ("Learning", $"{plan.Optimizer.Kind}, rate {plan.Rate.Peak.ToString("G3", CultureInfo.InvariantCulture)}, {plan.Rate.Schedule}; noise levels {plan.Levels.Sampling}; loss {plan.Loss.Kind}");
        yield return ("Seed", plan.Seed.ToString());
        if (plan.Captions.Trigger is { Length: > 0 } trigger)
            yield return ("Trigger", trigger);
    }

    private static string Curves(params IReadOnlyList<(string Name, IReadOnlyList<(int Step, double Value)> Points)> curves)
    {
        string[] colours = ["#1a6", "#d60", "#26c"];
        var all = curves.SelectMany(c => c.Points).Where(p => double.IsFinite(p.Value)).ToList();
        if (all.Count < 2)
            return "<p>Too few steps for a curve.</p>\n";
        double low = all.Min(p => p.Value), high = Math.Max(all.Max(p => p.Value), low + 1e-9);
        int first = all.Min(p => p.Step), last = Math.Max(all.Max(p => p.Step), first + 1);
        var svg = new StringBuilder($"<svg viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\">\n");
        for (int i = 0; i < curves.Count; i++)
        {
            var points = curves[i].Points.Where(p => double.IsFinite(p.Value)).Select(p => string.Create(CultureInfo.InvariantCulture,
                $"{10 + (Width - 20.0) * (p.Step - first) / (last - first):F1},{Height - 10 - (Height - 20) * (p.Value - low) / (high - low):F1}"));
            svg.Append($"<polyline fill=\"none\" stroke=\"{colours[i % colours.Length]}\" stroke-width=\"2\" points=\"{string.Join(' ', points)}\"/>\n");
        }
        svg.Append("</svg>\n<p>").Append(string.Join(" · ", curves.Select((c, i) => $"<span style=\"color:{colours[i % colours.Length]}\">{Text(c.Name)}</span>")));
        return svg.Append($" · from {Number(low)} to {Number(high)}, steps {first} to {last}</p>\n").ToString();
    }

    /// <summary>At most about 200 points, each the mean of as many steps.</summary>
    private static List<(int Step, double Value)> Smoothed(IReadOnlyList<(int Step, double Loss)> losses) =>
        [.. losses.Chunk(Math.Max(1, losses.Count / 200)).Select(c => (c[^1].Step, c.Average(l => l.Loss)))];

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
