using System.Text.Json.Serialization;

namespace Gesso.Server.Jobs;

/// <summary>How orders are written to be hashed. Members with their default stay out, so that a member added later changes no hash.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, UseStringEnumConverter = true)]
[JsonSerializable(typeof(JobOrder))]
internal sealed partial class CanonicalJson : JsonSerializerContext;
