using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Latents;
using Gesso.Diffusion.Pipelines;
using Gesso.Torch.Native;

namespace Gesso.Engine;

/// <summary>The loop behind <see cref="ImageEngine"/>'s Generate: requests draw their pictures side by side, one pass through the network a step.</summary>
internal static class BatchDrawing
{
    public static IEnumerable<GenerationStep> Draw(
        FluxPipeline pipeline, LatentPreview preview, IReadOnlyList<BatchItem> items, CancellationToken cancellation)
    {
        List<OpenRequest> open = [.. items.Select((item, index) => new OpenRequest(item, index))];
        try
        {
            while (true)
            {
                foreach (var left in open.Where(r => r.HasLeft).ToList())
                {
                    left.Dispose();
                    open.Remove(left);
                }
                if (open.Count == 0)
                    yield break;
                cancellation.ThrowIfCancellationRequested();
                StartPictures(pipeline, open);
                List<OpenRequest> drawing = [.. open.Where(r => !r.Run.IsDone)];
                if (drawing.Count > 0)
                    FluxBatch.Advance([.. drawing.Select(r => r.Run)]);
                foreach (var request in drawing.Where(r => !r.HasLeft))
                    yield return request.Step(preview);
                foreach (var request in open.Where(r => r.Run.IsDone && !r.HasLeft))
                {
                    cancellation.ThrowIfCancellationRequested();
                    yield return request.Finish();
                }
            }
        }
        finally
        {
            open.ForEach(r => r.Dispose());
        }
    }

    private static void StartPictures(FluxPipeline pipeline, IEnumerable<OpenRequest> open)
    {
        List<OpenRequest> waiting = [.. open.Where(r => r.IsBetweenPictures)];
        if (waiting.Count == 0)
            return;
        var runs = pipeline.StartBatch([.. waiting.Select(r => r.NextPicture())]);
        for (int i = 0; i < waiting.Count; i++)
            waiting[i].Begin(runs[i]);
    }

    /// <summary>A request of the batch and its picture in the making.</summary>
    private sealed class OpenRequest(BatchItem item, int index) : IDisposable
    {
        private int _image = item.Options.Resume?.Image ?? 0;
        private byte[]? _checkpoint = item.Options.Resume?.Checkpoint;
        private FluxRun? _run;

        /// <summary>Cancelled, or all its pictures are drawn.</summary>
        public bool HasLeft => item.Cancellation.IsCancellationRequested || _image == item.Plan.Count;

        public bool IsBetweenPictures => _run is null;

        public FluxRun Run => _run ?? throw GessoException.Bug("no_picture", "A request has no picture in the making.");

        public RunStart NextPicture() => new(item.Plan.Picture(_image)) { ResumeFrom = _checkpoint };

        public void Begin(FluxRun run) => (_run, _checkpoint) = (run, null);

        public GenerationStep Step(LatentPreview preview)
        {
            var (run, step) = (Run, Run.StepsDone);
            return Event(run) with
            {
                Preview = item.Options.Previews && !run.IsDone ? preview.Render(run) : null,
                SaveCheckpoint = () => _run == run && run.StepsDone == step
                    ? run.Save()
                    : throw GessoException.Bug("checkpoint_too_late", $"Step {step} was left behind: a checkpoint is saved before the next step is pulled."),
            };
        }

        public GenerationStep Finish()
        {
            var run = Run;
            var finished = Event(run) with { Result = new ImageResult(_image, run.ToImage(), run.Plan.Seed) };
            Dispose();
            _image++;
            // pictures of changing sizes leave holes that the allocator would keep: memory stays flat over a long series (decision 0002)
            NativeMemory.ReturnFreed();
            return finished;
        }

        public void Dispose()
        {
            _run?.Dispose();
            _run = null;
        }

        private GenerationStep Event(FluxRun run) => new()
        {
            Request = index,
            Image = _image,
            Images = item.Plan.Count,
            Step = run.StepsDone,
            Steps = run.Steps,
        };
    }
}
