using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Gesso.EndToEnd.Tests.Faults;

/// <summary>A client that outlasts a server that dies at any moment: it repeats every call until it is answered.</summary>
internal sealed class FaultClient : IDisposable
{
    /// <summary>Different requests; equal ones must give equal bytes.</summary>
    public const int Requests = 4;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _http;

    public FaultClient(Uri url, string key)
    {
        _http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) }) { BaseAddress = url, Timeout = TimeSpan.FromSeconds(15) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>The pictures of each request, drawn while nothing is killed.</summary>
    public async Task<IReadOnlyList<byte[]>> DrawReferencesAsync(CancellationToken cancellation)
    {
        List<byte[]> pictures = [];
        for (int request = 0; request < Requests; request++)
        {
            string id = await SubmitAsync(request, $"reference-{request}", cancellation);
            var end = await EndAsync(id, TimeSpan.FromSeconds(60), cancellation);
            pictures.Add(end.Pictures.Count == 1 ? end.Pictures[0] : throw new InvalidOperationException($"The undisturbed job ended {end.State} with {end.Pictures.Count} pictures."));
        }
        return pictures;
    }

    /// <returns>The job's id.</returns>
    public async Task<string> SubmitAsync(int request, string idempotencyKey, CancellationToken cancellation)
    {
        using var response = await RepeatAsync(
            () =>
            {
                var message = new HttpRequestMessage(HttpMethod.Post, "api/jobs")
                {
                    Content = JsonContent.Create(new { prompt = $"picture number {request}", seed = request, steps = 40, size = "128x128", previews = request % 2 == 0 }),
                };
                message.Headers.Add("Idempotency-Key", idempotencyKey);
                return message;
            },
            cancellation);
        using var json = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellation), cancellationToken: cancellation);
        if (response.StatusCode is not (HttpStatusCode.Accepted or HttpStatusCode.OK))
            throw new InvalidOperationException($"A submit was refused: {response.StatusCode} {json.RootElement}");
        return json.RootElement.GetProperty("id").GetString()!;
    }

    /// <summary>Jobs waiting or running.</summary>
    public async Task<int> UnfinishedAsync(CancellationToken cancellation)
    {
        using var json = await GetAsync("api/jobs?state=queued,running&limit=100", cancellation);
        return json.RootElement.GetProperty("data").GetArrayLength();
    }

    public async Task AliveAsync(CancellationToken cancellation)
    {
        using var response = await RepeatAsync(() => new HttpRequestMessage(HttpMethod.Get, "livez"), cancellation);
        _ = response.EnsureSuccessStatusCode();
    }

    /// <summary>Waits for the end of a job and fetches what there is of it.</summary>
    public async Task<FaultEnd> EndAsync(string id, TimeSpan patience, CancellationToken cancellation)
    {
        long since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using var json = await GetAsync($"api/jobs/{id}", cancellation);
            string state = json.RootElement.GetProperty("state").GetString()!;
            bool final = state is "succeeded" or "failed" or "cancelled";
            if (final || TimeProvider.System.GetElapsedTime(since) > patience)
            {
                List<byte[]> pictures = [];
                foreach (var picture in json.RootElement.GetProperty("pictures").EnumerateArray())
                {
                    using var content = await RepeatAsync(() => new HttpRequestMessage(HttpMethod.Get, picture.GetProperty("url").GetString()!.TrimStart('/')), cancellation);
                    pictures.Add(content.IsSuccessStatusCode ? await content.Content.ReadAsByteArrayAsync(cancellation) : []);
                }
                return new FaultEnd(state, json.RootElement.GetProperty("attempt").GetInt32(), pictures, final ? await EndEventsAsync(id, cancellation) : 0, json.RootElement.GetProperty("error").ToString());
            }
            await Task.Delay(Pause, cancellation);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>How many events tell of an end.</summary>
    private async Task<int> EndEventsAsync(string id, CancellationToken cancellation)
    {
        using var response = await RepeatAsync(() => new HttpRequestMessage(HttpMethod.Get, $"api/jobs/{id}/events?previews=false"), cancellation);
        string text = await response.Content.ReadAsStringAsync(cancellation);
        return text.Split('\n').Count(line => line.StartsWith("data:", StringComparison.Ordinal)
            && (line.Contains("\"event\":\"succeeded\"", StringComparison.Ordinal) || line.Contains("\"event\":\"failed\"", StringComparison.Ordinal) || line.Contains("\"event\":\"cancelled\"", StringComparison.Ordinal)));
    }

    private async Task<JsonDocument> GetAsync(string path, CancellationToken cancellation)
    {
        using var response = await RepeatAsync(() => new HttpRequestMessage(HttpMethod.Get, path), cancellation);
        _ = response.EnsureSuccessStatusCode();
        return await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellation), cancellationToken: cancellation);
    }

    /// <summary>Repeats while the server is away or says that it is busy.</summary>
    private async Task<HttpResponseMessage> RepeatAsync(Func<HttpRequestMessage> message, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                using var request = message();
                var response = await _http.SendAsync(request, cancellation);
                if (response.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError))
                    return response;
                response.Dispose();
            }
            catch (Exception e) when (e is HttpRequestException or IOException || (e is TaskCanceledException && !cancellation.IsCancellationRequested))
            {
                // the server died under this call: the next one asks again
            }
            await Task.Delay(Pause, cancellation);
        }
    }
}

/// <summary>How a job ended.</summary>
/// <param name="State">As the API says.</param>
/// <param name="Attempt">How many attempts it took.</param>
/// <param name="Pictures">Their bytes; empty where one could not be fetched.</param>
/// <param name="Ends">Events that tell of an end.</param>
/// <param name="Error">The error, as text.</param>
internal sealed record FaultEnd(string State, int Attempt, IReadOnlyList<byte[]> Pictures, int Ends, string Error)
{
    public IEnumerable<string> Violations(FaultJob job, IReadOnlyList<byte[]> expected)
    {
        if (State != "succeeded")
            yield return $"{job.Id} is {State} after {Attempt} attempts {Error}";
        else if (Pictures.Count != 1)
            yield return $"{job.Id} succeeded with {Pictures.Count} pictures";
        else if (!Pictures[0].AsSpan().SequenceEqual(expected[job.Request]))
            yield return $"{job.Id}: its picture ({Pictures[0].Length} bytes, {Attempt} attempts) differs from that of an undisturbed run ({expected[job.Request].Length} bytes)";
        if (Ends > 1 || (State == "succeeded" && Ends == 0))
            yield return $"{job.Id} has {Ends} ends in its events";
    }
}
