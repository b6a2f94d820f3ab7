using Gesso.Server.Auth;
using Gesso.Server.Hosting;
using Gesso.Server.Jobs;
using Gesso.Server.Json;
using Gesso.Server.Pictures;

namespace Gesso.Server.Automatic1111;

/// <summary>What clients of AUTOMATIC1111 ask before they draw: models, adapters, samplers and lists that are empty here.</summary>
internal sealed class SdListEndpoints(ModelDirectory models, AdapterDirectory adapters, SdSessions sessions, ServerOptions options)
{
    public async Task OptionsAsync(HttpContext context)
    {
        string model = sessions.Of(context.Caller().Key.Id).Model ?? (await models.DefaultAsync(context.RequestAborted).ConfigureAwait(false)).Name;
        await context.AnswerAsync(new SdOptions(model, "png"), SdJson.Default.SdOptions).ConfigureAwait(false);
    }

    /// <summary>Chooses the model of this key; everything else is passed over.</summary>
    public async Task SetOptionsAsync(HttpContext context)
    {
        var given = await RequestFields.ReadAsync(context, SdFields.Options, options.Limits).ConfigureAwait(false);
        if (given.Read(SdFields.Checkpoint) is { Length: > 0 } title)
            sessions.Of(context.Caller().Key.Id).Model = (await models.ResolveAsync(SdModels.NameOf(title), context.RequestAborted).ConfigureAwait(false)).Name;
        await WriteNullAsync(context).ConfigureAwait(false);
    }

    public async Task ModelsAsync(HttpContext context)
    {
        var served = await models.ListAsync(context.RequestAborted).ConfigureAwait(false);
        IReadOnlyList<SdModel> list = [.. served.Select(m => new SdModel(m.Name, m.Name, Hash(m), null, m.Name, null))];
        await context.AnswerAsync(list, SdJson.Default.IReadOnlyListSdModel).ConfigureAwait(false);

        static string? Hash(ServedModel model) => model.Card?.Fingerprint is { Length: >= 10 } print ? print[..10] : null;
    }

    public Task SamplersAsync(HttpContext context) => context.AnswerAsync<IReadOnlyList<SdSampler>>(
        [.. SamplerNames.All.Select(n => new SdSampler(n.Theirs, [n.Ours], new Dictionary<string, string>()))], SdJson.Default.IReadOnlyListSdSampler);

    /// <summary>The schedule belongs to the model here.</summary>
    public Task SchedulersAsync(HttpContext context) =>
        context.AnswerAsync<IReadOnlyList<SdScheduler>>([new SdScheduler("automatic", "Automatic", null, -1, false)], SdJson.Default.IReadOnlyListSdScheduler);

    public Task UpscalersAsync(HttpContext context) =>
        context.AnswerAsync<IReadOnlyList<SdUpscaler>>([new SdUpscaler("None", null, null, null, 1)], SdJson.Default.IReadOnlyListSdUpscaler);

    public async Task LorasAsync(HttpContext context)
    {
        var there = await adapters.ListAsync(context.Caller(), context.RequestAborted).ConfigureAwait(false);
        IReadOnlyList<SdLora> list = [.. there.Where(a => a.Models.Count > 0).Select(a => new SdLora(a.Name, a.Name, a.Name + ".safetensors", Told(a)))];
        await context.AnswerAsync(list, SdJson.Default.IReadOnlyListSdLora).ConfigureAwait(false);

        static Dictionary<string, string> Told(ServedAdapter adapter)
        {
            (string Key, string? Value)[] texts = [("modelspec.trigger_phrase", adapter.Trigger), ("modelspec.architecture", adapter.Family)];
            return texts.Where(t => t.Value is not null).ToDictionary(t => t.Key, t => t.Value!);
        }
    }

    public Task NoNamesAsync(HttpContext context) => context.AnswerAsync<IReadOnlyList<SdName>>([], SdJson.Default.IReadOnlyListSdName);

    /// <summary>The texts a PNG carries, read without decoding it.</summary>
    public async Task PngInfoAsync(HttpContext context)
    {
        var given = await RequestFields.ReadAsync(context, SdFields.PngInfo, options.Limits).ConfigureAwait(false);
        string base64 = given.Read(SdFields.PngImage)!;
        long most = options.Limits.MaxPictureBytes;
        byte[] file = DataUrl.Matches(base64) ? DataUrl.Decode("image", base64, most) : DataUrl.DecodeBase64("image", base64, most);
        var texts = PngTexts.Read(file);
        await context.AnswerAsync(new SdPngInfo(texts.GetValueOrDefault("parameters", ""), texts), SdJson.Default.SdPngInfo).ConfigureAwait(false);
    }

    /// <summary>What this dialect answers where it has nothing to say.</summary>
    public static Task WriteNullAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync("null", context.RequestAborted);
    }

}
