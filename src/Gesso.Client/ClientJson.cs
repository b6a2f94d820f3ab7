using System.Text.Json.Serialization;
using Gesso.Client.Connection;

namespace Gesso.Client;

/// <summary>The wire format: snake_case, nothing written that the caller left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [typeof(UnixSecondsConverter), typeof(SecondsConverter), typeof(ImageSizeConverter)])]
[JsonSerializable(typeof(JobRequest))]
[JsonSerializable(typeof(Job))]
[JsonSerializable(typeof(JobPage))]
[JsonSerializable(typeof(JobNotice))]
[JsonSerializable(typeof(List<Job>))]
[JsonSerializable(typeof(IReadOnlyList<ApiKey>))]
[JsonSerializable(typeof(JobProgress))]
[JsonSerializable(typeof(EventName))]
[JsonSerializable(typeof(QueuePlace))]
[JsonSerializable(typeof(BatchSubmission))]
[JsonSerializable(typeof(BatchCounts))]
[JsonSerializable(typeof(BatchResult))]
[JsonSerializable(typeof(Picture))]
[JsonSerializable(typeof(PicturePage))]
[JsonSerializable(typeof(Upload))]
[JsonSerializable(typeof(ApiKey))]
[JsonSerializable(typeof(NewKey))]
[JsonSerializable(typeof(KeyPage))]
[JsonSerializable(typeof(KeyRotation))]
[JsonSerializable(typeof(Tenant))]
[JsonSerializable(typeof(NewTenant))]
[JsonSerializable(typeof(TenantPage))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(AdapterList))]
[JsonSerializable(typeof(ServerStatus))]
[JsonSerializable(typeof(ErrorEnvelope))]
internal sealed partial class ClientJson : JsonSerializerContext;
