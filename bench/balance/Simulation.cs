namespace Headgate.Balance.Bench;

/// <summary>
/// A pool over time. Runs come in bursts of heavy-tailed size (everybody's jobs begin at full minutes), last a heavy-tailed time, and open 5 connections as restic does,
/// some of them many more. They connect to the first gateway of their list that is up, up to 2 s after the list was asked for. Each gateway is heard each second, at
/// a moment of its own. Gateways die without a word, more than one in a hundred each minute, and come back empty after minutes.
/// </summary>
internal sealed class Simulation
{
    private const double HeartbeatSeconds = 1;
    private const double SilenceSeconds = 5;
    private const double DeathsPerGatewayHour = 0.2;
    private const double RunsPerGatewaySecond = 0.036;
    private const double MaxBatch = 2000;

    private readonly Size _size;
    private readonly Policy _policy;
    private readonly Draws _world;
    private readonly VirtualTime _time = new();
    private readonly PriorityQueue<Action, double> _events = new();
    private readonly View _view;
    private readonly Gateway[] _gateways;
    private readonly double _meanBatch;

    private readonly List<double> _maxima = [];
    private readonly List<double> _p99 = [];
    private readonly List<double> _ontoOne = [];
    private double _idle;
    private long _moves;
    private long _deadFirst;
    private long _runs;

    public Simulation(Size size, Policy policy, int seed)
    {
        (_size, _policy, _world) = (size, policy, new Draws(seed));
        _view = new View(size.Gateways);
        _gateways = [.. Enumerable.Range(0, size.Gateways).Select(i => new Gateway(i))];
        // A choice of the policy's must not change what the world does.
        policy.Begin(_view, new Draws(seed + 1), _time);
        var batches = new Draws(seed + 2);
        _meanBatch = Enumerable.Range(0, 200_000).Average(_ => Math.Floor(batches.Pareto(1.3, 1, MaxBatch)));
    }

    private double Start => _size.WarmUp.TotalSeconds;

    private double End => Start + _size.Measured.TotalSeconds;

    private bool IsMeasured => _time.Now >= Start;

    public Figures Run()
    {
        foreach (var gateway in _gateways)
        {
            Come(gateway);
        }
        At(0, Batch);
        At(_world.Exponential(3600 / (DeathsPerGatewayHour * _size.Gateways)), Death);
        At(Start, Sample);
        while (_events.TryDequeue(out var happen, out var at) && at <= End)
        {
            _time.Now = at;
            happen();
        }
        return new Figures(
            _maxima.Average(), _maxima.Max(), _p99.Average(), _idle / _maxima.Count, _moves, _ontoOne.Count == 0 ? 0 : _ontoOne.Average(), _deadFirst, _runs);
    }

    private void At(double seconds, Action happen) => _events.Enqueue(happen, _time.Now + seconds);

    private void Come(Gateway gateway)
    {
        (gateway.IsUp, gateway.Since, gateway.Epoch, gateway.Active, gateway.Accepted) = (true, _time.Now, gateway.Epoch + 1, 0, 0);
        At(_world.Uniform() * HeartbeatSeconds, () => Heartbeat(gateway, gateway.Epoch));
    }

    private void Heartbeat(Gateway gateway, long epoch)
    {
        if (!gateway.IsUp || gateway.Epoch != epoch)
        {
            return;
        }
        gateway.Heard = _time.Now;
        _view.Members[gateway.Index] = View.Member(gateway.Index, gateway.Active, gateway.Accepted, gateway.Epoch);
        if (!_view.Listed[gateway.Index])
        {
            _view.Listed[gateway.Index] = true;
            _view.Version++;
        }
        At(HeartbeatSeconds * (0.9 + (0.2 * _world.Uniform())), () => Heartbeat(gateway, epoch));
    }

    private void Batch()
    {
        var count = (int)_world.Pareto(1.3, 1, MaxBatch);
        for (var i = 0; i < count; i++)
        {
            At(_world.Uniform() * 2, Arrive);
        }
        At(_world.Exponential(_meanBatch / (RunsPerGatewaySecond * _size.Gateways)), Batch);
    }

    private void Arrive()
    {
        var tenant = (int)(_size.Tenants * Math.Pow(1 - _world.Uniform(), 3));
        var connections = _world.Uniform() < 0.8 ? 5 : (int)_world.Pareto(1.2, 1, 60);
        var run = new Work(tenant, connections, _time.Now, _world.Pareto(1.5, 100, 12 * 3600));
        var delay = 0.1 + (_world.Uniform() * 1.9);
        _runs += IsMeasured ? 1 : 0;
        run.List = _policy.Start(tenant);
        At(delay, () =>
        {
            _deadFirst += IsMeasured && run.List.Length > 0 && !_gateways[run.List[0]].IsUp ? 1 : 0;
            Connect(run, run.List);
            At(run.Length, () => Leave(run));
        });
    }

    // Down the list, then a fresh one, then a second's wait, as connectors do.
    private Gateway? Connect(Work run, int[] list)
    {
        if (run.IsOver)
        {
            return null;
        }
        foreach (var index in list.Concat(Fresh(run.Tenant)))
        {
            var gateway = _gateways[index];
            if (gateway.IsUp)
            {
                (run.Gateway, run.Slot) = (gateway, gateway.Runs.Count);
                gateway.Runs.Add(run);
                gateway.Active += run.Connections;
                gateway.Accepted += run.Connections;
                return gateway;
            }
        }
        At(1, () => Connect(run, []));
        return null;
    }

    // Asked for when the list before it is used up, and not earlier: a look-up counts.
    private IEnumerable<int> Fresh(int tenant)
    {
        foreach (var index in _policy.Start(tenant))
        {
            yield return index;
        }
    }

    private static void Leave(Work run)
    {
        run.IsOver = true;
        if (run.Gateway is { } gateway)
        {
            gateway.Active -= run.Connections;
            var last = gateway.Runs[^1];
            (gateway.Runs[run.Slot], last.Slot) = (last, run.Slot);
            gateway.Runs.RemoveAt(gateway.Runs.Count - 1);
            run.Gateway = null;
        }
    }

    private void Death()
    {
        At(_world.Exponential(3600 / (DeathsPerGatewayHour * _size.Gateways)), Death);
        var gateway = _gateways[_world.Below(_gateways.Length)];
        var back = _world.Pareto(1.2, 60, 1800);
        if (!gateway.IsUp)
        {
            return;
        }
        gateway.IsUp = false;
        var epoch = gateway.Epoch;
        At(Math.Max(0, gateway.Heard + SilenceSeconds - _time.Now), () =>
        {
            if (gateway.Epoch == epoch)
            {
                _view.Listed[gateway.Index] = false;
                _view.Version++;
            }
        });
        At(back, () => Come(gateway));
        var moving = gateway.Runs.ToArray();
        gateway.Runs.Clear();
        (gateway.Active, gateway.Accepted) = (0, 0);
        var onto = new Dictionary<int, int>();
        foreach (var run in moving)
        {
            run.Gateway = null;
            if (Connect(run, _policy.Held(run.Tenant, run.List, _time.Now - run.Start)) is { } survivor)
            {
                onto[survivor.Index] = onto.GetValueOrDefault(survivor.Index) + 1;
            }
        }
        if (IsMeasured)
        {
            _moves += moving.Length;
            if (moving.Length >= 4)
            {
                _ontoOne.Add(onto.Values.Max() / (double)moving.Length);
            }
        }
    }

    private void Sample()
    {
        At(1, Sample);
        var up = _gateways.Where(gateway => gateway.IsUp).ToArray();
        var mean = up.Average(gateway => gateway.Active);
        if (mean == 0)
        {
            return;
        }
        var loads = up.Select(gateway => gateway.Active / mean).Order().ToArray();
        _maxima.Add(loads[^1]);
        _p99.Add(loads[(int)((loads.Length - 1) * 0.99)]);
        var settled = up.Where(gateway => _time.Now - gateway.Since >= 120).ToArray();
        _idle += settled.Count(gateway => gateway.Active < mean / 5) / (double)Math.Max(1, settled.Length);
    }

    private sealed class Gateway(int index)
    {
        public int Index { get; } = index;

        public List<Work> Runs { get; } = [];

        public bool IsUp { get; set; }

        public double Since { get; set; }

        public double Heard { get; set; }

        public long Epoch { get; set; }

        public long Active { get; set; }

        public long Accepted { get; set; }
    }

    private sealed class Work(int tenant, int connections, double start, double length)
    {
        public int Tenant { get; } = tenant;

        public int Connections { get; } = connections;

        public double Start { get; } = start;

        public double Length { get; } = length;

        public int[] List { get; set; } = [];

        public Gateway? Gateway { get; set; }

        public int Slot { get; set; }

        public bool IsOver { get; set; }
    }
}
