using Gesso.Cli.Rendering;
using Gesso.Training;

namespace Gesso.Cli.Commands.Train;

/// <summary>
/// How far a run is: <c>step 120/900  loss 0.131  2.1 GB  ███▌   13 %  1.9 step/s  ETA 6:50</c> redrawn in place; elsewhere a plain line for every twentieth of it. What
/// validations find stays on the screen.
/// </summary>
/// <param name="output">Where to write, usually the error stream.</param>
/// <param name="terminal">What it can show.</param>
/// <param name="time">The clock.</param>
internal sealed class TrainProgress(TextWriter output, TerminalCapabilities terminal, TimeProvider time) : IDisposable
{
    private const int PlainLines = 20;
    private const double Smoothing = 0.9;

    private readonly LiveRegion _region = new(output, terminal);
    private readonly MovingRate _rate = new(time, samples: 20, spacing: TimeSpan.FromSeconds(0.5));
    private double? _loss;
    private int _told = -1;

    public void Prepare(PreparationStep step, string what = "encoding")
    {
        int tenth = step.Done * 10 / step.Total;
        if (terminal.IsInteractive)
            _region.Draw(null, [new ProgressLine($"{what} {step.Done}/{step.Total}", (double)step.Done / step.Total).ToBar(Width, terminal.IsUnicode)]);
        else if (tenth != _told && (tenth == 10 || tenth % 5 == 0))
            output.WriteLine($"{what} {step.Done}/{step.Total}");
        _told = tenth;
        if (step.Done == step.Total)
            _told = -1;
    }

    public void Step(TrainingStep step)
    {
        _rate.Add(step.Step);
        _loss = _loss is { } loss && double.IsFinite(step.Loss) ? loss * Smoothing + step.Loss * (1 - Smoothing) : step.Loss;
        if (step.Skipped is { } why)
            Say($"step {step.Step} was left out and the rate halved: {why}");
        if (step.Validation is { } validation)
        {
            string held = validation.HeldOut is { } h ? $"held-out {h.Loss:0.0000} ({h.Ratio:0.000} of the base)" : $"trained {validation.Trained.Loss:0.0000} ({validation.Trained.Ratio:0.000} of the base)";
            Say($"step {step.Step}: {held}{(validation.Forgetting is { } f ? $", without trigger {f.Ratio:0.000}" : "")}{(step.Saved.Any(s => s.Contains("-best", StringComparison.Ordinal)) ? ", best so far" : "")}");
            foreach (var copy in validation.Copies.Where(c => c.IsCopy))
                Say($"step {step.Step}: preview {copy.Preview + 1} is nearly a copy of {Path.GetFileName(copy.Path)}");
        }
        string head = $"step {step.Step}/{step.Steps}  loss {_loss:0.0000}  {step.PeakBytes / 1e9:0.0} GB";
        var line = new ProgressLine(head, (double)step.Step / step.Steps, _rate.PerSecond is { } rate ? Quantities.StepRate(rate) : "", _rate.TimeFor(step.Steps - step.Step),
            $"step {step.Steps}/{step.Steps}  loss 0.0000  99.9 GB".Length);
        int part = step.Step * PlainLines / step.Steps;
        if (terminal.IsInteractive)
            _region.Draw(null, [line.ToBar(Width, terminal.IsUnicode)]);
        else if (part != _told)
            output.WriteLine(line.ToPlain());
        _told = part;
    }

    /// <param name="summary">Stays on the screen; null: nothing is to be said.</param>
    public void Complete(string? summary = null)
    {
        if (summary is not null)
            Say(summary);
        else
            _region.Clear();
    }

    public void Dispose() => _region.Clear();

    private int Width => terminal.Size.Columns - 1;

    private void Say(string line)
    {
        _region.Clear();
        output.WriteLine(TextCells.OneLine(line));
    }
}
