using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Gesso.EndToEnd.Tests.Faults;

/// <summary>What a server said to one request.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Text">The body.</param>
/// <param name="RetryAfter">The header.</param>
/// <param name="Date">The header: the server's wall clock.</param>
internal sealed record Answer(HttpStatusCode Status, string Text, TimeSpan? RetryAfter, DateTimeOffset? Date)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    /// <summary>The code of the error envelope.</summary>
    public string? ErrorCode => Json.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object ? error.GetProperty("code").GetString() : null;

    public override string ToString() => $"{(int)Status} {Text}";
}

/// <summary>A client that asks once and shows what came, errors as well.</summary>
internal sealed class DirectClient : IDisposable
{
    /// <summary>For what a slow machine does in time.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public DirectClient(Uri url, string key)
    {
        Http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10) }) { BaseAddress = url, Timeout = Patience };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public HttpClient Http { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async Task<Answer> SendAsync(HttpMethod method, string path, object? body = null, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        using var response = await Http.SendAsync(request, Cancellation);
        return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation), response.Headers.RetryAfter?.Delta, response.Headers.Date);
    }

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> SubmitAsync(object work, string? idempotencyKey = null) => SendAsync(HttpMethod.Post, "api/jobs", work, idempotencyKey);

    /// <summary>A submit that must succeed; the job's id.</summary>
    public async Task<string> AcceptedAsync(object work, string? idempotencyKey = null)
    {
        var answer = await SubmitAsync(work, idempotencyKey);
        Assert.True(answer.Status == HttpStatusCode.Accepted, answer.ToString());
        return answer.Json.GetProperty("id").GetString()!;
    }

    public async Task<JsonElement> JobAsync(string id)
    {
        var answer = await GetAsync($"api/jobs/{id}");
        Assert.True(answer.IsSuccess, answer.ToString());
        return answer.Json;
    }

    /// <summary>The job once it is drawn and this many of its steps are done.</summary>
    public Task<JsonElement> AtStepAsync(string id, int step) => UntilAsync(
        $"step {step} of {id}",
        () => JobAsync(id),
        job => job.GetProperty("state").GetString() == "running" && job.GetProperty("progress") is { ValueKind: JsonValueKind.Object } progress
            && progress.GetProperty("step").GetInt32() >= step);

    public Task<JsonElement> EndAsync(string id) => UntilAsync(
        $"the end of {id}", () => JobAsync(id), job => job.GetProperty("state").GetString() is "succeeded" or "failed" or "cancelled");

    /// <summary>As <see cref="EndAsync"/>, where the server may still answer that its store is away.</summary>
    public async Task<JsonElement> EndWithinOutageAsync(string id) => (await UntilAsync(
        $"the end of {id}",
        () => GetAsync($"api/jobs/{id}"),
        answer => answer.IsSuccess && answer.Json.GetProperty("state").GetString() is ("succeeded" or "failed" or "cancelled"))).Json;

    /// <summary>Waits until workers take jobs.</summary>
    public Task WorkersAsync(int count) => UntilAsync(
        $"{count} workers", async () => (await GetAsync("api/status")).Json, status => status.GetProperty("workers_ready").GetInt32() >= count);

    /// <summary>Asks until the answer is as wanted.</summary>
    public static async Task<T> UntilAsync<T>(string what, Func<Task<T>> ask, Predicate<T> isReached)
    {
        long since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var answer = await ask();
            if (isReached(answer))
                return answer;
            Assert.True(TimeProvider.System.GetElapsedTime(since) < Patience, $"{what}: not within {Patience.TotalSeconds} s; last: {answer}");
            await Task.Delay(Pause, Cancellation);
        }
    }

    public async Task<byte[]> PictureAsync(JsonElement job, int index = 0) =>
        await Http.GetByteArrayAsync(job.GetProperty("pictures")[index].GetProperty("url").GetString()!.TrimStart('/'), Cancellation);

    /// <summary>The stored events of a finished job: number and name.</summary>
    public async Task<IReadOnlyList<StreamEvent>> EventsAsync(string id) =>
        StreamEvent.Parse((await GetAsync($"api/jobs/{id}/events?previews=false")).Text);

    public void Dispose() => Http.Dispose();
}
