using System.Runtime.InteropServices;
using Gesso.Contracts.Errors;
using Gesso.Engine;
using Gesso.Engine.Recipes;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;
using Microsoft.Extensions.Logging;

namespace Gesso.Worker;

/// <summary>Draws claimed jobs on the device thread and reports into their <see cref="JobRun"/>s.</summary>
/// <param name="shelf">The engines.</param>
/// <param name="logger">Gets the causes that owners of jobs are not told.</param>
internal sealed partial class Drawer(EngineShelf shelf, ILogger logger)
{
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
            string model = runs[0].Job.Work.Model;
            var engine = shelf.Take(model);
            // the queue's shape key is a guess from outside; the engine's own key and the free memory decide what really goes together
            foreach (var group in runs.Where(run => Prepare(engine, run, inputs[run])).GroupBy(run => run.Plan!.BatchKey).ToList())
            {
                foreach (var together in group.Chunk(engine.MostTogether(group.First().Plan!, group.Count())))
                    Run(shelf.Take(model), together, changed);
            }
        }
        finally
        {
            foreach (var run in runs)
                run.End();
        }
    }

    private bool Prepare(ImageEngine engine, JobRun run, JobInputs inputs)
    {
        try
        {
            var request = JobMapping.ToRequest(run.Job.Work, inputs, shelf.Adapters.Find);
            var text = JobMapping.ToText(run.Job.Work, request);
            var plan = engine.Plan(text?.Drawn ?? request);
            text?.RequireFits(new TextRenderer(FontLibrary.Default), plan.First.Size);
            var model = new RecipeModel(run.Job.Work.Model, engine.Card.Fingerprint);
            run.Plan = plan;
            run.Text = text;
            if (run.Resume is { Checkpoint: not null } resume && !engine.CanResume(plan, resume))
                run.StartPictureAnew();                                                     // the model's file changed meanwhile, or the latents are damaged
            run.Recipe = image =>
            {
                var drawn = plan.Request.ToRecipe(
                    image, model, engine.Facts, RecipeInput(inputs.InitImage), RecipeInput(inputs.Mask), engine.AdaptersOf(plan), RecipeInput(inputs.ControlImage));
                return text?.RecipeOf(drawn) ?? drawn;
            };
            return true;
        }
        // the model's weights are loaded by now: what is missing or unreadable beyond them is an adapter of this job, and no fault of the model
        catch (GessoException e) when (e.Kind is ErrorKind.InvalidRequest or ErrorKind.Refused || run.Job.Work.Adapters.Count > 0)
        {
            run.Fail(WithoutPaths(e));
            return false;
        }
    }

    private GessoException WithoutPaths(GessoException failure) =>
        new(failure.Kind, failure.Code, shelf.Adapters.WithoutFolders(failure.Message), failure);

    private static RecipeFile? RecipeInput(byte[]? bytes) => bytes is null ? null : RecipeFile.Of(null, bytes);

    private void Run(ImageEngine engine, JobRun[] runs, Action changed)
    {
        try
        {
            Pull(engine, runs, changed);
        }
        catch (Exception e) when (IsOutOfMemory(e) && runs.Length > 1)
        {
            // too much at once is not too much one by one
            shelf.Release();
            foreach (var run in runs.Where(r => !r.Dropped))
                Run(shelf.Take(run.Job.Work.Model), [run], changed);
        }
        catch (GessoException e)
        {
            Fail(runs, e);
        }
        catch (Exception e)
        {
            Log.Failed(logger, e, runs[0].Job.Id.Value);
            shelf.Release();
            Fail(runs, IsOutOfMemory(e)
                ? GessoException.Unavailable("out_of_memory", "The picture needs more memory than the worker has: draw it smaller.", e)
                : GessoException.Bug("worker_error", "The worker failed on this picture; its log has the cause.", e));
        }
    }

    /// <summary>Steps are computed as they are pulled here.</summary>
    private static void Pull(ImageEngine engine, JobRun[] runs, Action changed)
    {
        var spans = Array.ConvertAll(runs, run => JobSpan.Start(run.Job));
        var clock = StageClock.Start();
        try
        {
            BatchItem[] items = [.. runs.Select(run => new BatchItem(run.Plan!)
            {
                Options = new GenerateOptions { Previews = run.Job.Work.Previews, Resume = run.Resume },
                Cancellation = run.Cancellation,
            })];
            foreach (var step in engine.Generate(items))
            {
                var run = runs[step.Request];
                spans[step.Request]?.AddStep(step);
                clock.Step();
                if (step.Result is { } result)
                    run.Finished.Enqueue(result);
                run.Report(new RunProgress(step.Image, step.Step, step.Steps, step.Preview), step.SaveCheckpoint);
                changed();
            }
        }
        finally
        {
            clock.End();
            Array.ForEach(spans, span => span?.Dispose());
        }
    }

    private void Fail(IEnumerable<JobRun> runs, GessoException failure) => runs.Where(r => !r.Dropped).ToList().ForEach(run => run.Fail(WithoutPaths(failure)));

    private static bool IsOutOfMemory(Exception e) => e is OutOfMemoryException
        || (e is ExternalException && (e.Message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase) || e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)));

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Drawing {Job} failed")]
        public static partial void Failed(ILogger logger, Exception exception, string job);
    }
}
