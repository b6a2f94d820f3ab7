using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Hosting;
using Gesso.Server.Json;
using Gesso.Server.Pictures;

namespace Gesso.Server.Jobs;

/// <summary>A job ready to be stored, with what its caller should know.</summary>
internal sealed record DraftedJob(JobDraft Draft, ServedModel Model, IReadOnlyList<string> Warnings);

/// <summary>
/// Holds an order against its model and the caller's limits, and decides everything that is still open: size, steps, seed, deadline. What the model's card does
/// not tell yet (no worker has opened it) stays open for the worker.
/// </summary>
internal sealed class JobDrafting(AdapterDirectory directory, InputPictures pictures, ServerOptions options, SortableId ids, TimeProvider time)
{
    public const int LongestIdempotencyKey = 255;

    private readonly LimitOptions _limits = options.Limits;

    /// <exception cref="ApiException">
    /// 400 naming the field, the value and the range, or the adapters there are; 404 <c>model_not_found</c>; 503 <c>model_unavailable</c>.
    /// </exception>
    public async ValueTask<DraftedJob> DraftAsync(Caller caller, JobOrder order, CancellationToken cancellation)
    {
        var (model, named) = await directory.ModelAsync(order.Model, cancellation).ConfigureAwait(false);
        if (model.Problem is { } problem)
        {
            string message = $"model: {model.Name} cannot be used now: {problem}";
            throw new ApiException(503, new ApiError(message, "server_error", "model", "model_unavailable"), TimeSpan.FromSeconds(30));
        }
        order = await WithControlAsync(caller, order, model, cancellation).ConfigureAwait(false);
        List<string> warnings = [];
        var adapters = await AdaptersAsync(caller, order, model, named, warnings, cancellation).ConfigureAwait(false);
        var work = Work(caller, order, model, warnings) with { Adapters = adapters };
        work = work with { Text = JobTexts.Decide(order, model, work.Size) };
        if (model.IsNull && work.Text is not null)
            warnings.Add($"{order.Options.Prefix}text: {model.Name} draws nothing, so it has no effect.");
        var now = time.GetUtcNow();
        var key = caller.Key.Limits;
        int highest = key.MaxPriority ?? SchedulingPolicy.MaxPriority;
        if (order.Options.Priority > highest)
            throw Refuse(order, "priority", $"at most {highest} with this key", order.Options.Priority);
        return new DraftedJob(
            new JobDraft
            {
                Id = ids.NewJob(),
                Tenant = caller.Tenant,
                Key = caller.Key.Id,
                Work = work,
                Priority = order.Options.Priority,
                Created = now,
                Deadline = now + (order.Options.DeadlineSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : _limits.JobDeadline),
                EstimatedSeconds = WorkEstimate.Seconds(work, model, options.Models.GetValueOrDefault(model.Name)?.NullStepMilliseconds / 1000.0 ?? 0),
                Batch = order.Batch,
                CustomId = order.CustomId,
                Webhook = order.Webhook,
                TraceParent = Activity.Current?.Id,
                Idempotency = order.IdempotencyKey is { } text ? new IdempotencyKey(text, HashOf(order)) : null,
                IsAnsweredAtItsEnd = order.IsAnsweredAtItsEnd,
                TenantQueueLimit = Math.Min(_limits.TenantQueue, key.QueuedJobs ?? int.MaxValue),
                QueueLimit = _limits.Queue,
            },
            model,
            warnings);
    }

    /// <summary>The header <c>Idempotency-Key</c>; null: none.</summary>
    /// <exception cref="ApiException">400 <c>invalid_idempotency_key</c>.</exception>
    public static string? IdempotencyKeyOf(HttpRequest request)
    {
        var header = request.Headers["Idempotency-Key"];
        if (header.Count == 0)
            return null;
        string text = header.ToString();
        return text.Length is > 0 and <= LongestIdempotencyKey
            ? text
            : throw ApiException.Invalid(null, "invalid_idempotency_key", $"Idempotency-Key: expected 1 to {LongestIdempotencyKey} characters, got {text.Length}.");
    }

    private ImageJob Work(Caller caller, JobOrder order, ServedModel model, List<string> warnings)
    {
        var card = model.Card;
        var asked = order.Options;
        long maxPixels = Math.Min(_limits.MaxPixels, caller.Key.Limits.MaxPixels ?? long.MaxValue);
        int? steps = StepsOf(order, model, warnings);
        if (asked.Guidance is > 0 && card is { TakesGuidance: false })
            warnings.Add($"{asked.Prefix}guidance: {model.Name} has no distilled guidance, so {asked.Guidance} has no effect; true_guidance guides it.");
        int? textLength = asked.TextLength;
        if (textLength > card?.MaxTextLength)
        {
            warnings.Add($"{asked.Prefix}text_length: {model.Name} reads {card.MaxTextLength} tokens, so {textLength} becomes {card.MaxTextLength}.");
            textLength = card.MaxTextLength;
        }
        return new ImageJob
        {
            Model = model.Name,
            Prompt = order.Prompt,
            Prompt2 = asked.Prompt2,
            NegativePrompt = asked.NegativePrompt,
            Size = PictureSizing.Choose(order.Size, order.Image?.Size ?? order.ControlImage?.Size, card, maxPixels, warnings),
            Steps = steps,
            Guidance = asked.Guidance,
            TrueGuidance = asked.TrueGuidance,
            // small enough for the numbers of JavaScript, so that a seed that was shown can be sent back
            Seed = asked.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue),
            Count = order.Count,
            InitImage = order.Image?.Asset,
            Strength = StrengthOf(order),
            Mask = order.Mask?.Asset,
            MaskReading = order.MaskReading,
            ControlImage = order.ControlImage?.Asset,
            TextLength = textLength,
            Sampler = asked.Sampler,
            Parity = asked.Parity,
            Format = order.Format,
            Quality = order.Compression,
            Previews = order.Previews,
        };
    }

    /// <param name="caller">Who asks.</param>
    /// <param name="order">The request.</param>
    /// <param name="model">What draws.</param>
    /// <param name="named">Those behind the model's name.</param>
    /// <param name="warnings">Told where they do nothing.</param>
    /// <param name="cancellation">Gives up.</param>
    private async ValueTask<IReadOnlyList<AdapterUse>> AdaptersAsync(
        Caller caller, JobOrder order, ServedModel model, IReadOnlyList<AdapterUse> named, List<string> warnings, CancellationToken cancellation)
    {
        var asked = order.Options.Adapters ?? [];
        if (model.IsNull && named.Count + asked.Count > 0)
            warnings.Add($"adapters: {model.Name} draws nothing, so they have no effect.");
        string field = order.Options.AdaptersPlace ?? order.Options.Prefix + "adapters";
        if (named.Count + asked.Count > _limits.MaxAdapters)
            throw ApiException.Invalid(field, "invalid_value", $"{field}: expected at most {_limits.MaxAdapters} adapters, got {named.Count + asked.Count}.");
        return
        [
            .. await directory.ResolveAsync(caller, model, named, "model", cancellation).ConfigureAwait(false),
            .. await directory.ResolveAsync(caller, model, asked, field, cancellation).ConfigureAwait(false),
        ];
    }

    /// <summary>Whether adapters follow a control picture is known to the workers, which answer for that.</summary>
    private async ValueTask<JobOrder> WithControlAsync(Caller caller, JobOrder order, ServedModel model, CancellationToken cancellation)
    {
        string field = order.Options.Prefix + "control_image";
        if (order is { ControlImage: null, Options.ControlImage: { } reference })
            order = order with { ControlImage = await pictures.ResolveAsync(caller, field, reference, cancellation).ConfigureAwait(false) };
        return order.ControlImage is null && model.Card is { TakesControl: true }
            ? throw ApiException.Invalid(field, "control_image_needed", $"{field}: expected a picture for {model.Name} to follow (edges, a depth map), got none.")
            : order;
    }

    private int? StepsOf(JobOrder order, ServedModel model, List<string> warnings)
    {
        if (order.Options.Steps is { } steps)
            return steps;
        if (order.StepsFactor == 1)
            return null;
        if (model.Card is not { } card)
        {
            warnings.Add($"quality: no worker has opened {model.Name} yet, so its own number of steps is used.");
            return null;
        }
        return (int)Math.Clamp(Math.Round(card.Defaults.Steps * order.StepsFactor), 1, _limits.MaxSteps);
    }

    private static double? StrengthOf(JobOrder order)
    {
        if (order.Image is null)
        {
            if (order.Options.Strength is not { } given)
                return null;
            string field = order.Options.Prefix + "strength";
            throw ApiException.Invalid(field, "strength_without_image", $"{field}: expected a picture to draw on beside it, got {given} and no picture.");
        }
        // a mask says what to redraw, so that is redrawn wholly
        return order.Options.Strength ?? (order.Mask is null ? 0.75 : 1.0);
    }

    private static ApiException Refuse(JobOrder order, string field, string expected, object came) =>
        ApiException.Invalid(order.Options.Prefix + field, "invalid_value", $"{order.Options.Prefix}{field}: expected {expected}, got {came}.");

    /// <summary>Of what was asked, not of what was made of it: defaults may change between two tries.</summary>
    private static string HashOf(JobOrder order) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(order, CanonicalJson.Default.JobOrder)));
}
