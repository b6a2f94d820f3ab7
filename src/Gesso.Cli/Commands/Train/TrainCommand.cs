using System.CommandLine;
using Gesso.Cli.Rendering;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Engine;
using Gesso.Engine.Library;
using Gesso.Engine.Library.Hub;
using Gesso.Training;
using Gesso.Training.Datasets;
using Gesso.Training.Kohya;
using Gesso.Training.Planning;
using Gesso.Training.Preflight;
using Gesso.Training.Reports;
using Gesso.Training.Widening;

namespace Gesso.Cli.Commands.Train;

/// <summary><c>gesso train</c>: pictures in, an adapter out. Takes its own few options, or a whole command line of kohya's trainer.</summary>
internal sealed class TrainCommand
{
    public const string Name = "train";

    private readonly TrainArguments _arguments = new();
    private readonly EngineArguments _engine = new();
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Look at everything, train nothing." };
    private readonly Option<bool> _json = new("--json") { Description = "Tell everything as JSON lines on standard output." };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "No progress." };
    private readonly KohyaArguments? _kohya;

    private TrainCommand(KohyaArguments? kohya) => _kohya = kohya;

    /// <param name="kohya">kohya's flags, taken from the command line beforehand.</param>
    public static Command Create(KohyaArguments? kohya = null)
    {
        var train = new TrainCommand(kohya);
        var command = new Command(Name, "Train a LoRA adapter on 20 to 200 pictures. Also takes kohya's command lines as they are: gesso train accelerate launch flux_train_network.py …");
        train._arguments.AddTo(command);
        train._engine.AddTo(command);
        command.Add(train._dryRun);
        command.Add(train._json);
        command.Add(train._quiet);
        command.SetAction((parsed, cancellation) => Task.FromResult(train.Run(parsed, cancellation)));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var events = parsed.GetValue(_json) ? new TrainEvents(output) : null;
        var imported = _kohya is null ? null : KohyaImport.Read(_kohya);
        var order = _arguments.Order(parsed, imported?.Order);
        foreach (string note in imported?.Notes ?? [])
            TrainReport.Note(error, events, note);

        var survey = PictureSurvey.Take(order.Pictures, cancellation: cancellation);
        using var engine = ImageEngine.Load(Source(parsed, imported), _engine.Options(parsed));
        var drawing = engine.Plan(new ImageRequest { Prompt = "", Seed = new Seed(order.Seed ?? 42) }).First;
        order = order with { Things = _arguments.Things(parsed, engine.Card.Path, imported is not null) };
        var training = new TrainingPlanner(engine.Model, engine.Card).Plan(order, survey, drawing);
        var effort = Effort.Of(training.Plan, engine.Model);
        var preflight = PreflightReport.Of(training, survey, engine.Model, effort, engine.Model.Target.IsCpu ? MemoryEstimate.AvailableBytes() : null);
        TrainReport.Preflight(error, events, preflight, engine, Licence(engine));
        if (preflight.HasProblems)
            throw GessoException.Invalid("preflight_failed", "Nothing was trained: mend what is marked as a problem above.");
        if (parsed.GetValue(_dryRun))
            return ExitCodes.Ok;

        if (Train(parsed, engine, training, survey.Measured, error, events, cancellation) is not { } adapter)
            return ExitCodes.Cancelled;
        if (_arguments.File(parsed) is { } file)
        {
            AtomicFile.Write(file, File.ReadAllBytes(adapter));
            adapter = file;
        }
        if (events is null)
            output.WriteLine(adapter);
        else
            events.Done(adapter);
        return ExitCodes.Ok;
    }

    /// <summary>The chosen adapter; null: the run was stopped, and saved.</summary>
    private string? Train(
        ParseResult parsed, ImageEngine engine, PlannedTraining training, IReadOnlyList<MeasuredPicture> pictures, TextWriter error, TrainEvents? events, CancellationToken cancellation)
    {
        var plan = training.Plan;
        bool quiet = parsed.GetValue(_quiet) || events is not null;
        var terminal = quiet ? TerminalCapabilities.Plain : ConsoleTerminal.Detect(ConsoleStream.Error, PreviewOption.Parse("auto"));
        using var progress = new TrainProgress(quiet ? TextWriter.Null : error, terminal, TimeProvider.System);
        if (training.Widening is { } widening)
        {
            StyleWidening wider = new(engine.Model, plan, widening);
            try
            {
                foreach (var step in wider.Run(pictures, cancellation))
                    progress.Prepare(step, "drawing other things");
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                progress.Complete();
                TrainReport.Note(error, events, "Stopped before the first step; what was drawn is kept. The same command goes on.");
                return null;
            }
            plan = wider.Widened;
            pictures = [.. MeasuredPicture.In(plan.Pictures)];
        }
        using var trainer = new LoraTrainer(engine.Model, plan, pictures: pictures);
        if (trainer.StepsDone > 0)
            TrainReport.Note(error, events, $"Going on at step {trainer.StepsDone} of {plan.Steps}; --fresh begins anew.");
        try
        {
            foreach (var step in trainer.Prepare(cancellation))
                progress.Prepare(step);
            foreach (var step in trainer.Run(cancellation))
            {
                progress.Step(step);
                events?.Step(step);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            progress.Complete();
            TrainReport.Note(error, events, trainer.StepsDone == 0
                ? "Stopped before the first step; what was encoded is kept. The same command goes on."
                : $"Stopped at step {trainer.StepsDone} of {plan.Steps}, saved in {plan.OutputFolder}. The same command goes on from there.");
            return null;
        }
        progress.Complete(new TrainingReport(plan, trainer.Data, trainer.Validations).Reason());
        return trainer.BestAdapter;
    }

    private ModelSource Source(ParseResult parsed, KohyaImport? imported)
    {
        if (imported is null || _engine.Model(parsed) is not null)
            return _engine.Source(parsed);
        return ModelLibrary.Default.Resolve(imported.Model, new CompanionFiles { Clip = imported.Clip, T5 = imported.T5, AutoEncoder = imported.AutoEncoder });
    }

    /// <summary>What a brand must know about the base before it sells what the adapter draws.</summary>
    private static string Licence(ImageEngine engine)
    {
        string name = engine.Card.Name.Replace("--", "/", StringComparison.Ordinal);
        if (KnownModel.Find(name) is { } known)
            return known.License;
        if (engine.Card.Name == ModelLibrary.Bundled || engine.Card.Variant.Contains("schnell", StringComparison.OrdinalIgnoreCase))
            return "Apache-2.0";
        return engine.Card.Variant.Contains("dev", StringComparison.OrdinalIgnoreCase)
            ? "probably the FLUX.1 [dev] Non-Commercial License: what is made with it may not be sold without Black Forest Labs' consent"
            : "not known: look where the model came from";
    }
}
