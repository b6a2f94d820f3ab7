using System.Text.Json.Serialization;
using Gesso.Platform.Accounts;
using Gesso.Platform.Jobs;
using Gesso.Platform.Workers;

namespace Gesso.Storage;

/// <summary>What is stored as JSON text. Members may be added; names of stored ones do not change.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ImageJob))]
[JsonSerializable(typeof(KeyLimits))]
[JsonSerializable(typeof(WorkerRecord))]
[JsonSerializable(typeof(ModelFacts))]
internal sealed partial class StorageJson : JsonSerializerContext;
