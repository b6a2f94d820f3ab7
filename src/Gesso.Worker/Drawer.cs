using System.Diagnostics;
using System.Runtime.InteropServices;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Engine;
using Gesso.Engine.Recipes;

namespace Gesso.Worker;

/// <summary>Draws claimed jobs on the device thread and reports into their <see cref="JobRun"/>s.</summary>
/// <param name="shelf">The engines.</param>
internal sealed class Drawer(EngineShelf shelf)
{
    public static ActivitySource Activities { get; } = new("Gesso.Worker");

    /// <summary>All of them have one model and, where there are several, one shape.</summary>
    /// <param name="runs">The claimed jobs; those that cannot be drawn get their failure.</param>
    /// <param name="inputs">Their pictures.</param>
    /// <param name="changed">Called after every report.</param>
    public void Draw(IReadOnlyList<JobRun> runs, IReadOnlyDictionary<JobRun, JobInputs> inputs, Action changed)
    {
        foreach (var run in runs)
            run.Begin(runs.Count);
        try
        {
            var engine = shelf.Take(runs[0].Job.Work.Model);
            var ready = runs.Where(run => Prepare(engine, run, inputs[run])).ToList();
            if (ready.Count > 0)
                Run(engine, ready, changed);
        }
        finally
        {
            foreach (var run in runs)
                run.End();
        }
    }

    private static bool Prepare(ImageEngine engine, JobRun run, JobInputs inputs)
    {
        try
        {
            var request = JobMapping.ToRequest(run.Job.Work, inputs);
            int first = run.Job.Pictures.Count;                                             // those are stored; the next attempt goes on behind them
            run.Plan = engine.Plan(request with { Seed = new Seed(run.Job.Work.Seed).Next(first), Count = request.Count - first });
            var model = new RecipeModel(run.Job.Work.Model, engine.Card.Fingerprint);
            run.Recipe = index => run.Plan.Request.ToRecipe(index - first, model, engine.Facts, RecipeInput(inputs.InitImage), RecipeInput(inputs.Mask));
            return true;
        }
        catch (GessoException e) when (e.Kind is ErrorKind.InvalidRequest or ErrorKind.Refused)
        {
            run.Fail(e);
            return false;
        }
    }

    private static RecipeFile? RecipeInput(byte[]? bytes) => bytes is null ? null : RecipeFile.Of(null, bytes);

    private void Run(ImageEngine engine, List<JobRun> runs, Action changed)
    {
        try
        {
            if (runs.Count == 1)
                Single(engine, runs[0], changed);
            else
                Batch(engine, runs, changed);
        }
        catch (Exception e) when (IsOutOfMemory(e) && runs.Count > 1)
        {
            // too much at once is not too much one by one
            shelf.Release();
            foreach (var run in runs.Where(r => !r.Dropped))
                Run(shelf.Take(run.Job.Work.Model), [run], changed);
        }
        catch (Exception e) when (e is not GessoException)
        {
            shelf.Release();
            var failure = IsOutOfMemory(e)
                ? GessoException.Unavailable("out_of_memory", "The picture needs more memory than the worker has: draw it smaller.", e)
                : GessoException.Bug("worker_error", "The worker failed on this picture; its log has the cause.", e);
            foreach (var run in runs.Where(r => !r.Dropped))
                run.Fail(failure);
        }
    }

    private static void Single(ImageEngine engine, JobRun run, Action changed)
    {
        int first = run.Job.Pictures.Count;
        using var activity = run.StartActivity();
        var options = new GenerateOptions { Previews = run.Job.Work.Previews, Resume = run.ResumeLatents };
        foreach (var step in engine.Generate(run.Plan!, options))
        {
            if (!Take(run, step, first + step.Image, changed))
                return;
        }
    }

    private static void Batch(ImageEngine engine, List<JobRun> runs, Action changed)
    {
        var activities = runs.ConvertAll(run => run.StartActivity());
        try
        {
            var options = new GenerateOptions { Previews = runs.Exists(r => r.Job.Work.Previews), IsDropped = index => runs[index].Dropped };
            foreach (var step in engine.Generate([.. runs.Select(r => r.Plan!)], options))
                _ = Take(runs[step.Request], step, step.Image, changed);
        }
        finally
        {
            activities.ForEach(a => a?.Dispose());
        }
    }

    /// <returns>False: the run is over.</returns>
    private static bool Take(JobRun run, GenerationStep step, int image, Action changed)
    {
        if (step.Result is { } result)
            run.Finished.Enqueue(result with { Index = image });
        bool goOn = run.Report(new RunProgress(image, step.Step, step.Steps, step.Preview), step.SaveCheckpoint);
        changed();
        return goOn;
    }

    private static bool IsOutOfMemory(Exception e) => e is OutOfMemoryException
        || (e is ExternalException && (e.Message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase) || e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)));
}
