using Headgate.Connector.Bootstrap;
using Headgate.Connector.Failover;
using Headgate.Connector.Forwarding;
using Headgate.Connector.Jobs;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Failover;

/// <summary>Everything around a <see cref="JobRunner"/>, scripted: the provider's answers, the tool's codes, the clock.</summary>
internal sealed class FakeRun : ITenantApi, IAttemptRoute, IRunConsole, ITool, IDisposable
{
    /// <summary>Who this machine is.</summary>
    public const string Connector = "acme/pc1";

    private static readonly GatewayList s_list = new(4, false, [new GatewayEntry(1, "gtw1", "192.0.2.1", 6180, ""), new GatewayEntry(2, "gtw2", "192.0.2.2", 6180, "")]);

    private const long Run = 3;

    private readonly TemporaryFolder _folder = new();
    private volatile bool _tellsEnd;

    public FakeRun()
    {
        Ends = new UntoldEnds(new StateFolder(_folder.Path), Connector, Said.Add, Time);
        Order = new GatewayOrder(Time);
        Plan = new RunPlan
        {
            Job = "nightly",
            Repository = "nas1",
            Host = "pc1",
            Path = "/pc1/",
            Tool = new ToolProfile("restic backup", true, false, true, 5),
        };
    }

    /// <summary>The state folder's <c>ends</c>.</summary>
    public string EndsPath => Path.Combine(_folder.Path, "ends");

    public UntoldEnds Ends { get; }

    /// <summary>What was asked of the provider, in order: <c>open nightly</c>, <c>finish nightly 3</c>.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Every end that was told.</summary>
    public List<FinishRequest> Finishes { get; } = [];

    /// <summary>The run whose end is never answered; null: none.</summary>
    public long? Unanswered { get; set; }

    /// <summary>Called when an end is told.</summary>
    public Action OnFinish { get; set; } = () => { };

    public ManualTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    public RunPlan Plan { get; set; }

    /// <summary>Answers to opening and to next attempts, in order; a ticket when none is left.</summary>
    public Queue<Exception> OpenFaults { get; } = new();

    public Queue<Exception> NextFaults { get; } = new();

    public Exception? FinishFault { get; set; }

    /// <summary>How often <see cref="FinishFault"/> occurs before it is over.</summary>
    public int FinishFaults { get; set; } = int.MaxValue;

    public Func<ProgressAnswer> OnProgress { get; set; } = () => new ProgressAnswer(false, null, null);

    /// <summary>What each attempt's tool does, in order; the last stays.</summary>
    public Queue<Func<AttemptRecord, CancellationToken, Task<int>>> Attempts { get; } = new();

    public List<string> Said { get; } = [];

    public List<TimeSpan> Pauses { get; } = [];

    /// <summary>How many reports there were when the last pause was over.</summary>
    public int ReportsWhenPauseEnded { get; private set; }

    public List<NextAttemptRequest> Nexts { get; } = [];

    public List<ProgressRequest> Reports { get; } = [];

    public FinishRequest? Finish { get; private set; }

    public int Opened { get; private set; }

    /// <summary>When it was opened last, by its clock.</summary>
    public DateTimeOffset OpenedAt { get; private set; }

    public int ToolRuns { get; private set; }

    public GatewayOrder Order { get; }

    public AttemptRecord Record { get; private set; } = new(TimeProvider.System);

    public static NoGatewayAnswersException Nobody() =>
        new("cc.demo.test", [new DialAttempt(null, "192.0.2.1:6180", DialFailure.ConnectionRefused, "connection refused")]);

    public static ProblemException Refusal(string code, string sentence, bool retry = false) =>
        new(System.Net.HttpStatusCode.Forbidden, new ProblemAnswer { Code = code, Detail = sentence, Status = 403, Retry = retry });

    /// <summary>A tool that ends with <paramref name="code"/> after connections were lost.</summary>
    public void AddAttempt(int code, bool lost = true) => Attempts.Enqueue((record, _) =>
    {
        if (lost)
        {
            record.AddLoss();
        }

        return Task.FromResult(code);
    });

    /// <summary>Runs the plan, moving the clock whenever everything waits for it.</summary>
    public async Task<int> RunAsync(CancellationToken stop = default)
    {
        var running = new JobRunner(this, this, Ends, this, Time, () => 0.5).RunAsync(Plan, this, stop);
        while (!running.IsCompleted)
        {
            // While the end is told the run waits 2 s at a time. When only its limit is left, it does not wait just now.
            var longest = _tellsEnd ? TimeSpan.FromSeconds(2) : TimeSpan.FromHours(2);
            if (Time.NextIn is { } next && next <= longest && next != UntoldEnds.OwnTime)
            {
                Time.Advance(next);
            }

            await Task.WhenAny(running, Task.Delay(1));
        }

        return await running;
    }

    public Task<RunTicket> OpenRunAsync(OpenRunRequest request, CancellationToken token)
    {
        Opened++;
        OpenedAt = Time.GetUtcNow();
        Asked.Add($"open {request.Job}");
        return OpenFaults.TryDequeue(out var fault) ? Task.FromException<RunTicket>(fault) : Task.FromResult(Ticket(1));
    }

    public Task<RunTicket> NextAttemptAsync(string job, long run, NextAttemptRequest request, CancellationToken token)
    {
        Nexts.Add(request);
        return NextFaults.TryDequeue(out var fault) ? Task.FromException<RunTicket>(fault) : Task.FromResult(Ticket(request.Attempt + 1));
    }

    public Task<ProgressAnswer> ReportAsync(string job, long run, ProgressRequest request, CancellationToken token)
    {
        Reports.Add(request);
        try
        {
            return Task.FromResult(OnProgress());
        }
        catch (Exception e)
        {
            return Task.FromException<ProgressAnswer>(e);
        }
    }

    public async Task<RunSummary> FinishAsync(string job, long run, FinishRequest request, CancellationToken token)
    {
        _tellsEnd |= run == Run;
        Finish = request;
        Finishes.Add(request);
        Asked.Add($"finish {job} {run}");
        OnFinish();
        if (run == Unanswered)
        {
            await Task.Delay(Timeout.Infinite, token);
        }

        return FinishFault is { } fault && FinishFaults-- > 0
            ? throw fault
            : new RunSummary(
                job, run, request.ExitCode == 0 ? RunState.Succeeded : RunState.Failed, Time.GetUtcNow(), Time.GetUtcNow(), request.Attempt, request.ExitCode, request.Reason, null, request.Path);
    }

    public Task<GatewayList> GatewaysAsync(CancellationToken token) => Task.FromResult(s_list);

    public Task<TenantStatusAnswer> StatusAsync(CancellationToken token) => throw new NotSupportedException();

    public AttemptRecord Begin(RunTicket ticket)
    {
        Order.Begin(ticket.Gateways);
        return Record = new AttemptRecord(Time);
    }

    public string RepositoryUrl(string path) => "rest:http://secret@127.0.0.1:1" + path;

    public void Say(string sentence) => Said.Add(sentence);

    public async Task WaitAsync(string why, TimeSpan pause, TimeProvider time, CancellationToken token)
    {
        Said.Add(why);
        Pauses.Add(pause);
        // Goes on where the clock is moved: before another report can be due.
        await Task.Delay(pause, time, token).ConfigureAwait(false);
        ReportsWhenPauseEnded = Reports.Count;
    }

    public Task<int> RunAsync(string repositoryUrl, CancellationToken stop)
    {
        ToolRuns++;
        var attempt = Attempts.Count > 1 ? Attempts.Dequeue() : Attempts.Peek();
        return attempt(Record, stop);
    }

    public void Dispose() => _folder.Dispose();

    private static RunTicket Ticket(int attempt) => new("nightly", Run, attempt, "r-x.data.demo.test", "nas1", s_list);
}
