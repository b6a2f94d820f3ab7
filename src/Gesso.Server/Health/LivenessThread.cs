using System.Net;
using System.Net.Sockets;
using System.Text;
using Gesso.Contracts.Errors;
using Gesso.Server.Hosting;

namespace Gesso.Server.Health;

/// <summary>
/// Liveness at an address of its own (<c>telemetry:livenessUrl</c>), answered by one reserved thread with blocking calls only: Kestrel needs the thread pool, and
/// a full pool is no reason to kill a server. One short request after the other, nothing but the liveness paths.
/// </summary>
internal sealed class LivenessThread : IHostedService, IDisposable
{
    private const int LongestRequest = 4096;
    private const int MostReads = 8;
    private const int PatienceMilliseconds = 1000;

    private readonly ListenAddress _address;
    private readonly PoolPulse _pulse;
    private readonly Socket _listener;
    private readonly Thread _thread;

    public LivenessThread(ListenAddress address, PoolPulse pulse)
    {
        _address = address;
        _pulse = pulse;
        _listener = new Socket(address.Address?.AddressFamily ?? AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _thread = new Thread(Run) { IsBackground = true, Name = "liveness" };
    }

    /// <summary>Where it listens, once started.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (IPAddress.IPv6Any.Equals(_address.Address))
                _listener.DualMode = true;
            _listener.Bind(new IPEndPoint(_address.Address ?? IPAddress.Loopback, _address.Port));
            _listener.Listen();
        }
        catch (SocketException e)
        {
            throw GessoException.Unavailable(
                e.SocketErrorCode == SocketError.AddressAlreadyInUse ? "address_in_use" : "address_unavailable",
                $"telemetry:livenessUrl: {_address.Scheme}://{_address.Host}:{_address.Port} cannot be listened on: {e.Message}. Choose another.", e);
        }
        _thread.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _listener.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _listener.Dispose();

    private void Run()
    {
        while (true)
        {
            try
            {
                using var connection = _listener.Accept();
                Answer(connection);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // a caller that went away, or the end, which the next turn tells
            }
        }
    }

    private void Answer(Socket connection)
    {
        connection.ReceiveTimeout = connection.SendTimeout = PatienceMilliseconds;
        string line = ReadFirstLine(connection);
        string[] words = line.Split(' ');
        bool asks = words is ["GET" or "HEAD", var path, _] && HealthSetup.IsLiveness(path);
        (string status, string body) = !asks ? ("404 Not Found", "only /livez is here\n") : _pulse.Beats() ? ("200 OK", "ok") : ("503 Service Unavailable", "the thread pool stands still\n");
        string text = $"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{(words[0] == "HEAD" ? "" : body)}";
        _ = connection.Send(Encoding.ASCII.GetBytes(text));
        connection.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Reads the whole head, so that closing does not reset the connection before the answer has arrived; few reads, so that nobody holds the thread.</summary>
    private static string ReadFirstLine(Socket connection)
    {
        Span<byte> head = stackalloc byte[LongestRequest];
        int length = 0;
        for (int reads = 0; reads < MostReads && length < head.Length && head[..length].IndexOf("\r\n\r\n"u8) < 0; reads++)
        {
            int count = connection.Receive(head[length..]);
            if (count == 0)
                break;
            length += count;
        }
        int end = head[..length].IndexOf("\r\n"u8);
        return Encoding.ASCII.GetString(head[..Math.Max(end, 0)]);
    }
}
