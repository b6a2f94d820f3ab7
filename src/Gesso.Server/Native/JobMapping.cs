using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Platform.Webhooks;
using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Fetching;
using Gesso.Server.Jobs;
using Gesso.Server.Json;
using Gesso.Server.Pictures;

namespace Gesso.Server.Native;

/// <summary>A body of the native interface into an order.</summary>
internal sealed class JobMapping(JobFields fields, InputPictures pictures, GuardedHttp http)
{
    /// <param name="caller">Who asks.</param>
    /// <param name="given">The body, or a line.</param>
    /// <param name="idempotencyKey">The header; of a batch with the line's number.</param>
    /// <param name="batch">The batch a line belongs to.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ApiException">400 naming the field, the value and the range.</exception>
    public async Task<JobOrder> OrderAsync(Caller caller, RequestFields given, string? idempotencyKey, BatchId? batch, CancellationToken cancellation)
    {
        given.RefuseUnknown();
        string? image = given.Read(fields.Image), mask = given.Read(fields.Mask);
        if (mask is not null && image is null)
            throw ApiException.Invalid("mask", "mask_without_image", "mask: expected a picture to draw on beside it (image), got none.");
        JobOrder order = new()
        {
            Model = given.Read(fields.Model),
            Prompt = given.Read(fields.Prompt)!,
            Options = fields.Work.Read(given),
            Size = given.Read(fields.Size),
            StepsFactor = QualityLevels.Parse(given.Read(fields.Quality)).Factor,
            Count = (int)(given.Read(fields.Count) ?? 1),
            MaskReading = given.Read(fields.MaskReading) == "transparent" ? MaskReading.Transparent : MaskReading.White,
            Format = PictureFormats.Parse(given.Read(fields.OutputFormat)),
            Compression = (int)(given.Read(fields.Compression) ?? 100),
            Previews = given.Read(fields.Previews) ?? true,
            Webhook = WebhookOf(given),
            IdempotencyKey = idempotencyKey,
            Batch = batch,
            CustomId = batch is null ? null : given.Read(fields.CustomId),
        };
        if (image is null)
            return order;
        var source = await pictures.ResolveAsync(caller, "image", image, cancellation).ConfigureAwait(false);
        return order with { Image = source, Mask = await MaskAsync(caller, mask, source, order.MaskReading, cancellation).ConfigureAwait(false) };
    }

    private async Task<SourcePicture?> MaskAsync(Caller caller, string? reference, SourcePicture image, MaskReading reading, CancellationToken cancellation)
    {
        if (reference is null)
            return null;
        var mask = await pictures.ResolveAsync(caller, "mask", reference, cancellation).ConfigureAwait(false);
        await pictures.RequireMaskAsync(mask, image, reading, cancellation).ConfigureAwait(false);
        return mask;
    }

    private WebhookTarget? WebhookOf(RequestFields given)
    {
        if (given.Read(fields.Webhook) is not { } webhook)
            return null;
        webhook.RefuseUnknown();
        string url = webhook.Read(JobFields.WebhookUrl)!;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http") || uri.UserInfo.Length > 0)
            throw ApiException.Invalid("webhook.url", "invalid_value", $"webhook.url: expected an https: address without a password, got {Shown.Quote(url)}.");
        Require("webhook.url", () => http.Check(uri));
        string? secret = webhook.Read(JobFields.WebhookSecret);
        if (secret is not null)
            Require("webhook.secret", () => _ = WebhookSignature.ParseSecret(secret));
        return new WebhookTarget(uri, secret ?? WebhookSignature.NewSecret());
    }

    private static void Require(string param, Action check)
    {
        try
        {
            check();
        }
        catch (GessoException e)
        {
            throw ApiException.Invalid(param, e.Code, $"{param}: {e.Message}");
        }
    }
}
