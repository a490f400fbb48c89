#!/usr/bin/env python3
"""Prints the figures of communities.rs: pip install leidenalg==0.12.0 python-igraph==1.0.0.

The graphs are those of `graph(..)` in the test, drawn by the same linear congruential generator.
For each: the modularity of the fixed partition node % 7 (by igraph), and the best and worst
modularity of leidenalg.find_partition(ModularityVertexPartition, n_iterations=-1) for seeds 0..4.
"""
import igraph as ig, leidenalg as la, time
M=(1<<64)-1
class Lcg:
    def __init__(s, seed): s.x=seed
    def below(s, n):
        s.x=(s.x*6364136223846793005+1442695040888963407)&M
        return ((s.x>>32)*n)>>32
def planted(seed, groups, size, edges, mixed, weighted):
    r=Lcg(seed); n=groups*size; out=[]
    for _ in range(edges):
        a=r.below(n)
        b=r.below(n) if r.below(100)<mixed else a//size*size+r.below(size)
        w=1+r.below(8) if weighted else 1
        if a!=b: out.append((a,b,w))
    return n,out
def scale_free(seed, n, links):
    r=Lcg(seed); ends=[0]; out=[]
    for a in range(1,n):
        for _ in range(links):
            b=ends[r.below(len(ends))]
            if a!=b:
                out.append((a,b,1)); ends+= [a,b]
    return n,out
def ring(cliques, size):
    out=[]
    for c in range(cliques):
        f=c*size
        out+=[(a,b,1) for a in range(f,f+size) for b in range(a+1,f+size)]
        out.append((f+size-1,(c+1)%cliques*size,1))
    return cliques*size,out
def calls(seed, files, functions, edges):
    # as programs: most calls stay in a file or go to one near by, some to a few helpers of all
    r=Lcg(seed); n=files*functions; out=[]
    for _ in range(edges):
        a=r.below(n); k=r.below(100); f=a//functions
        if k<55: b=f*functions+r.below(functions)
        elif k<85: b=(f//8*8+r.below(8))%files*functions+r.below(1+r.below(functions))
        else: b=r.below(1+r.below(1+r.below(n)))
        if a!=b: out.append((a,b,1))
    return n,out
GRAPHS=[('planted, clear',planted(1,20,50,6000,30,False)),('planted, mixed',planted(2,20,50,8000,55,False)),
 ('planted, weighted',planted(3,60,50,20000,45,True)),('sparse',planted(4,1,2000,2600,0,False)),('random',planted(5,1,1000,5000,0,True)),
 ('scale-free',scale_free(6,2000,3)),('trees',scale_free(7,1500,1)),('ring of cliques',ring(30,5)),
 ('calls',calls(8,160,25,12000))]
if __name__=='__main__':
    for name,(n,es) in GRAPHS:
        acc={}
        for a,b,w in es:
            k=(min(a,b),max(a,b)); acc[k]=acc.get(k,0)+w
        g=ig.Graph(n=n,edges=list(acc)); g.es['weight']=list(acc.values())
        fixed=g.modularity([v%7 for v in range(n)],weights='weight')
        t=time.time()
        qs=[g.modularity(la.find_partition(g,la.ModularityVertexPartition,weights='weight',seed=s,n_iterations=-1).membership,weights='weight') for s in range(5)]
        print(f'{name:20} n {n} e {len(acc)} w {sum(acc.values())} fixed {fixed:.9f} best {max(qs):.6f} worst {min(qs):.6f} {(time.time()-t)/5*1e3:.0f}ms',flush=True)
