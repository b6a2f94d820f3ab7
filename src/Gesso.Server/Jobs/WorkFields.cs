using System.Text.Json;
using Gesso.Contracts.Images;
using Gesso.Platform.Jobs;
using Gesso.Server.Hosting;
using Gesso.Server.Json;

namespace Gesso.Server.Jobs;

/// <summary>
/// What a picture can be told beyond prompt and size: the <c>gesso</c> object of the OpenAI interface, the same names at the top level of the native one.
/// </summary>
internal sealed class WorkFields
{
    public const int LongestDeadlineSeconds = 7 * 24 * 3600;

    private static readonly TextField s_adapterName = new("name", "The adapter's name.", AdapterUse.LongestName) { Required = true };

    private static readonly NumberField s_adapterWeight =
        new("weight", "How strongly it acts: 1 is as trained, below 0 the other way.", -AdapterUse.Strongest, AdapterUse.Strongest) { Default = 1.0 };

    private readonly IntegerField _seed = new(
        "seed", "Seed of the first picture; picture k has seed + k. Same seed, same picture. Drawn when left out.", 0, long.MaxValue);
    private readonly IntegerField _steps;
    private readonly NumberField _guidance = new("guidance", "Distilled guidance, for models that take it.", 0, 100);
    private readonly NumberField _trueGuidance = new("true_guidance", "Classifier-free guidance: 1 is off, more doubles the time.", 1, 100);
    private readonly TextField _negativePrompt;
    private readonly TextField _prompt2;
    private readonly NumberField _strength = new("strength", "How much of the given picture is redrawn.", 0, 1) { AboveLow = true };
    private readonly TextField _controlImage = new(
        "control_image", "What control models and adapters follow (edges, a depth map): the id of an upload or of a drawn picture, a data: URL, or an https: address.",
        int.MaxValue);

    private readonly ChoiceField _sampler = new("sampler", "Sampler.", ["euler", "euler-ancestral", "dpmpp-2m", "unipc"]);
    private readonly ChoiceField _parity = new("parity", "Whose conventions to follow where the reference implementations differ.", ["diffusers", "bfl", "comfy"]);
    private readonly IntegerField _textLength = new("text_length", "Tokens of the T5 prompt, padding included.", 1, 4096);

    private readonly ShortListField _adapters = new(
        "adapters", "Adapters (LoRA and its relatives) to draw with; GET /api/adapters lists them. They add up.", new FieldSet(s_adapterName, s_adapterWeight),
        "brand:0.8, ink:0.5");

    private readonly TextLayersField _text = new(
        "text",
        "Text that is laid into the pictures, exactly as written: a text document, auto for the words that the prompt puts in quotation marks, false for none.")
    { Default = "auto" };

    private readonly IntegerField _priority =
        new("priority", "Order among the jobs of your tenant, 10 first.", -SchedulingPolicy.MaxPriority, SchedulingPolicy.MaxPriority) { Default = 0 };

    private readonly NumberField _deadline =
        new("deadline_seconds", "The job fails when it is not done after this time.", 0, LongestDeadlineSeconds) { AboveLow = true };

    public WorkFields(LimitOptions limits)
    {
        _steps = new IntegerField("steps", "Denoising steps; wins over quality.", 1, limits.MaxSteps);
        _negativePrompt = new TextField("negative_prompt", "What must not be seen; needs true_guidance above 1.", limits.MaxPromptCharacters);
        _prompt2 = new TextField("prompt_2", "A prompt of its own for the T5 encoder.", limits.MaxPromptCharacters);
        Fields =
        [
            _seed, _steps, _guidance, _trueGuidance, _negativePrompt, _prompt2, _strength, _controlImage, _sampler, _parity, _textLength, _adapters, _text, _priority, _deadline,
        ];
    }

    public IReadOnlyList<Field> Fields { get; }

    public WorkOptions Read(RequestFields fields)
    {
        return new WorkOptions
        {
            Seed = fields.Read(_seed),
            Steps = (int?)fields.Read(_steps),
            Guidance = fields.Read(_guidance),
            TrueGuidance = fields.Read(_trueGuidance),
            NegativePrompt = fields.Read(_negativePrompt),
            Prompt2 = fields.Read(_prompt2),
            Strength = fields.Read(_strength),
            Sampler = fields.Read(_sampler),
            Parity = fields.Read(_parity) is { } parity ? Enum.Parse<ParityMode>(parity, ignoreCase: true) : null,
            TextLength = (int?)fields.Read(_textLength),
            ControlImage = fields.Read(_controlImage),
            Priority = (int?)fields.Read(_priority) ?? 0,
            DeadlineSeconds = fields.Read(_deadline),
            Adapters = AdaptersOf(fields),
            Text = TextOf(fields),
            Prefix = fields.Prefix,
        };
    }

    /// <summary>Null rather than an empty list, so that a request without adapters hashes as it did before there were any.</summary>
    private AdapterUse[]? AdaptersOf(RequestFields fields)
    {
        AdapterUse[] uses = [.. fields.Read(_adapters).Select(item => item.Fields is { } own
            ? AdapterNames.Use($"{item.Path}.{s_adapterName.Name}", own.Read(s_adapterName)!, own.Read(s_adapterWeight) ?? 1)
            : AdapterNames.Parse(item.Path, item.Text!))];
        return uses.Length == 0 ? null : uses;
    }

    private TextChoice? TextOf(RequestFields fields)
    {
        var value = fields.Read(_text);
        if (value.IsAbsent)
            return null;
        string path = fields.PathOf(_text);
        if (value.Json.ValueKind == JsonValueKind.Object)
            return JobTexts.Document(path, value.Json.GetRawText(), _negativePrompt.MaxLength);
        if (value.TryFlag(out bool flag))
            return flag ? TextChoice.Quoted : TextChoice.None;
        if (!value.TryText(out string text) || !(text == "auto" || text.StartsWith('{')))
            throw fields.Refuse(_text, value, "invalid_type");
        return text == "auto" ? TextChoice.Quoted : JobTexts.Document(path, text, _negativePrompt.MaxLength);
    }
}
